// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>

namespace guestkeyd::cli {

// None if there is anything but digits, or too many.
std::optional<std::uint64_t> parse_whole_number(std::string_view text);

// Of seconds, "90", or of numbers with units as in systemd.time(7), "1h30min". InvalidArgs for anything else.
std::chrono::seconds parse_time_span(std::string_view text);

} // namespace guestkeyd::cli
