// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "agent/guest.h"
#include "guests/guest_event.h"

namespace guestkeyd {

// What becomes of a guest's keys after an event.
enum class Fate {
    Keep,
    Wipe,
    WipeIfOff,       // else it goes on as a transient guest, and is judged when it stops
    WipeIfTransient, // it cannot be started again
};

struct Verdict {
    Fate fate;
    PurgeReason reason;
};

// The rule for an event, its detail and what the guest's keys are wiped on; events that no rule names keep the keys.
Verdict verdict_on(GuestHappened happened, int detail, WipeOn wipe_on);

} // namespace guestkeyd
