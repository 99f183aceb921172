// SPDX-License-Identifier: LGPL-2.1-or-later
#include "agent/guest.h"

namespace guestkeyd {

std::string Guest::title() const {
    return "guest " + (record.name.empty() ? id.str() : quoted(record.name) + " (" + id.str() + ")");
}

const char* purge_reason_name(PurgeReason reason) {
    switch (reason) {
    case PurgeReason::Requested:
        return "requested";
    case PurgeReason::Replaced:
        return "replaced";
    case PurgeReason::Destroyed:
        return "destroyed";
    case PurgeReason::Migrated:
        return "migrated";
    case PurgeReason::Undefined:
        return "undefined";
    case PurgeReason::Stopped:
        return "stopped";
    case PurgeReason::Vanished:
        return "vanished";
    case PurgeReason::LeaseEnded:
        return "lease-ended";
    case PurgeReason::NeverCame:
        return "never-came";
    }
    return "";
}

} // namespace guestkeyd
