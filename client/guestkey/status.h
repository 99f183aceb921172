// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "guestkey/command_line.h"
#include "keydb/key_database.h"

#include <string>
#include <vector>

namespace guestkeyd::guestkey {

// What is to be done, each with the command that does it: interrupted work, volumes that are due, keys in no backup.
std::vector<std::string> to_do(keydb::KeyDatabase& database);

int show_status(const Invocation& invocation);

} // namespace guestkeyd::guestkey
