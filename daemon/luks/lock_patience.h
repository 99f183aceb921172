// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <poll.h>

namespace guestkeyd {

// Whether a lock is free, or comes to be within 2 s. qemu-img dies with the worker that started it, but a moment later,
// and has until then what the two have locked: the call that goes on with a killed job must not take that for another.
template <typename Look> bool comes_free(Look&& is_free) {
    constexpr int kLooks = 40;
    constexpr int kBetween = 50; // ms
    for (int look = 1; !is_free(); ++look) {
        if (look == kLooks)
            return false;
        poll(nullptr, 0, kBetween);
    }
    return true;
}

} // namespace guestkeyd
