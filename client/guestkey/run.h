// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "guestkey/command_line.h"

namespace guestkeyd::guestkey {

// Until it is told to end (SIGTERM, SIGINT): answers every host of the database that needs keys for a guest, gives a
// host that was rebooted its keys again, rekeys volumes that are due, and goes on with what was interrupted.
int run_server(const Invocation& invocation);

} // namespace guestkeyd::guestkey
