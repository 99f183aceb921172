// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "base/secret_buffer.h"
#include "base/unique_fd.h"

namespace guestkeyd {

// The keys in a file without a name that nobody can change any more (memfd_create(2), F_GET_SEALS in fcntl(2)): how
// keys travel to the agent. One key a line, in the order of the volumes.
UniqueFd key_fd(const SecretBuffer& keys);

} // namespace guestkeyd
