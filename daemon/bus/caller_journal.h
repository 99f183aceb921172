// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "base/journal.h"
#include "bus/gate.h"

#include <string>

namespace guestkeyd {

// The journal's entry for what a caller did with keys.
inline void journal_call(const Gate& gate, const std::string& sender, const std::string& guest, const char* action,
                         std::size_t keys) {
    const auto uid = std::to_string(gate.uid_of(sender));
    journal(Priority::Info,
            std::string(action) + " of " + std::to_string(keys) + " keys of " +
                (guest.empty() ? "all guests" : "guest " + guest) + " by uid " + uid,
            {{"GUEST_UUID", guest}, {"ACTION", action}, {"CALLER_UID", uid}, {"RESULT", "done"}});
}

// ... and for what was refused.
inline void journal_refusal(const Gate& gate, const std::string& sender, const std::string& guest, const char* action,
                            const Failure& failure) {
    journal(Priority::Notice, std::string(action) + " refused: " + failure.message(),
            {{"GUEST_UUID", guest},
             {"ACTION", action},
             {"CALLER_UID", std::to_string(gate.uid_of(sender))},
             {"RESULT", "refused"}});
}

} // namespace guestkeyd
