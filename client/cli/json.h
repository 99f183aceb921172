// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "cli/options.h"
#include "guestkeyd/guest.h"

#include <nlohmann/json.hpp>

namespace guestkeyd::cli {

// Members keep the order in which they were written.
using JsonValue = nlohmann::ordered_json;

JsonValue json_of(const Volume& volume);
JsonValue json_of(const Guest& guest);
JsonValue json_of(const std::vector<VolumeId>& volumes);
JsonValue json_of(const std::optional<Time>& time); // microseconds since the epoch, or null

// Of --json=MODE; InvalidArgs.
Json parse_json_mode(const std::string& mode);
// Of -j: for people at a terminal, else for programs.
Json choose_json_mode();

// On one line, or indented; and a newline.
void print_json(const JsonValue& value, Json mode);

} // namespace guestkeyd::cli
