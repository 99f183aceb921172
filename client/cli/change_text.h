// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "cli/json.h"
#include "guestkeyd/events.h"

#include <string>

namespace guestkeyd::cli {

// What changed, each with a comma before it.
std::string describe(const GuestChange& change);
std::string describe(const StatusChange& change);

// What changed, by name; of a guest with its UUID.
JsonValue json_of_change(const GuestChange& change);
JsonValue json_of_change(const StatusChange& change);

} // namespace guestkeyd::cli
