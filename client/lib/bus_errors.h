// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <sdbus-c++/Error.h>

namespace guestkeyd {

// The Failure (or Unreachable) that stands for an error of the bus or of the agent.
[[noreturn]] void throw_failure(const sdbus::Error& error);

// Runs a call on the bus, so that its errors come out as Failures.
template <typename Call> auto translated(Call&& call) {
    try {
        return call();
    } catch (const sdbus::Error& error) {
        throw_failure(error);
    }
}

} // namespace guestkeyd
