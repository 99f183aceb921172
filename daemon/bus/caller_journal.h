// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "agent/key_log.h"
#include "base/error.h"
#include "bus/gate.h"

#include <optional>
#include <string>

namespace guestkeyd {

// The log's entry for what a caller did with keys.
inline KeyUse done_by(const Gate& gate, const std::string& sender, KeyAction action, GuestId guest,
                      std::vector<VolumeId> volumes = {}) {
    const auto uid = gate.uid_of(sender);
    return {action,
            KeyResult::Done,
            guest,
            std::move(volumes),
            std::string(key_action_name(action)) + " of keys of guest " + guest.str() + " by uid " +
                std::to_string(uid),
            uid};
}

// ... and for what was refused.
inline KeyUse refused_to(const Gate& gate, const std::string& sender, KeyAction action, std::optional<GuestId> guest,
                         const Failure& failure) {
    return {action,
            KeyResult::Refused,
            guest,
            {},
            std::string(key_action_name(action)) + " refused: " + failure.message(),
            gate.uid_of(sender)};
}

} // namespace guestkeyd
