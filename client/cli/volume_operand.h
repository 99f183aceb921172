// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "guestkeyd/guest.h"

#include <string>
#include <string_view>
#include <vector>

namespace guestkeyd::cli {

// VOLUME[,delivery=HOW][,usage-type=TYPE][,usage-id=ID][,device=PATH][,mapping=NAME], with ",," for a comma in a value.
// InvalidArgs names the operand by its number and not by its text, for it may be a key that someone put in the wrong
// place.
Volume parse_volume_operand(std::string_view text, std::size_t number);

// Of the command line GUEST VOLUME...
std::vector<Volume> parse_volume_operands(const std::vector<std::string>& operands);

} // namespace guestkeyd::cli
