// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "guestkey/command_line.h"

namespace guestkeyd::guestkey {

// Becomes virt-install or virt-manager, extended, with the operands as its arguments. The passphrase of the database is
// asked for before, once, and handed on in a descriptor. Returns only by throwing: InvalidArgs.
int run_virt_tool(const Invocation& invocation);

} // namespace guestkeyd::guestkey
