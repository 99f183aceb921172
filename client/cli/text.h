// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "guestkeyd/guest.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace guestkeyd::cli {

// Without the control characters by which a guest's name could move the cursor of the terminal it is shown on.
std::string printable(std::string_view text);

// Columns that UTF-8 text takes, one for each character.
std::size_t width(std::string_view text);

std::string human_bytes(std::uint64_t bytes); // 1536 -> "1.5K"
std::string human_time(const std::optional<Time>& time, const char* never);
std::string counted(std::size_t count, const std::string& noun); // "1 key", "2 keys"

std::string human_guest(const Guest& guest); // "UUID (NAME)"
std::string human_guest(const GuestId& id, const std::string& name);

} // namespace guestkeyd::cli
