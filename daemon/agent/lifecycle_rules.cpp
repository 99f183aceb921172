// SPDX-License-Identifier: LGPL-2.1-or-later
#include "agent/lifecycle_rules.h"

#include <array>

namespace guestkeyd {

namespace {

struct Rule {
    GuestHappened happened;
    int detail;
    // By what the keys are wiped on.
    Fate destroyed;
    Fate stopped;
    Fate undefined;
    PurgeReason reason;
};

constexpr Rule stopped(StoppedBecause because, Fate on_destroyed, Fate on_stopped, Fate on_undefined,
                       PurgeReason reason) {
    return {GuestHappened::Stopped, static_cast<int>(because), on_destroyed, on_stopped, on_undefined, reason};
}

// A guest that is off can be started again with no one's help, and so keeps its keys, unless it was taken away. A
// transient guest is gone once it is off; but one that was saved is expected back.
constexpr std::array kRules{
    Rule{GuestHappened::Undefined, static_cast<int>(UndefinedBecause::Removed), Fate::WipeIfOff, Fate::WipeIfOff,
         Fate::WipeIfOff, PurgeReason::Undefined},
    stopped(StoppedBecause::Shutdown, Fate::WipeIfTransient, Fate::Wipe, Fate::WipeIfTransient, PurgeReason::Stopped),
    stopped(StoppedBecause::Destroyed, Fate::Wipe, Fate::Wipe, Fate::WipeIfTransient, PurgeReason::Destroyed),
    stopped(StoppedBecause::Crashed, Fate::WipeIfTransient, Fate::Wipe, Fate::WipeIfTransient, PurgeReason::Stopped),
    stopped(StoppedBecause::Migrated, Fate::Wipe, Fate::Wipe, Fate::Wipe, PurgeReason::Migrated),
    stopped(StoppedBecause::Saved, Fate::Keep, Fate::Keep, Fate::Keep, PurgeReason::Stopped),
    stopped(StoppedBecause::Failed, Fate::WipeIfTransient, Fate::Wipe, Fate::WipeIfTransient, PurgeReason::Stopped),
    stopped(StoppedBecause::FromSnapshot, Fate::WipeIfTransient, Fate::Wipe, Fate::WipeIfTransient,
            PurgeReason::Stopped),
};

} // namespace

Verdict verdict_on(GuestHappened happened, int detail, WipeOn wipe_on) {
    for (const auto& rule : kRules) {
        if (rule.happened != happened || rule.detail != detail)
            continue;
        switch (wipe_on) {
        case WipeOn::Destroyed:
            return {rule.destroyed, rule.reason};
        case WipeOn::Stopped:
            return {rule.stopped, rule.reason};
        case WipeOn::Undefined:
            return {rule.undefined, rule.reason};
        }
    }
    return {Fate::Keep, PurgeReason::Stopped};
}

} // namespace guestkeyd
