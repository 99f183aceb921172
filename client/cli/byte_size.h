// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <string_view>

namespace guestkeyd::cli {

// Of bytes, "512", or of a number with a unit of 1024, "10G". InvalidArgs for anything else.
std::uint64_t parse_byte_size(std::string_view text);

} // namespace guestkeyd::cli
