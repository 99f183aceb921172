// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <sdbus-c++/Error.h>

namespace guestkeyd {

// The Failure (or Unreachable) that stands for an error of the bus or of the agent.
[[noreturn]] void throw_failure(const sdbus::Error& error);

// Does it say that there is no connection to the bus any more?
bool is_lost_connection(const sdbus::Error& error);

} // namespace guestkeyd
