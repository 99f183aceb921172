// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "remote_address.h"
#include "ssh_bridge.h"

#include <chrono>

namespace guestkeyd {

// What a person should do when ssh did not get to a host, or did not stay there: Unreachable; or NotTrusted for a host
// key that is not the known one.
[[noreturn]] void throw_ssh_failure(const SshEnd& end, const RemoteAddress& address, std::chrono::seconds limit);

} // namespace guestkeyd
