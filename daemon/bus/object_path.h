// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "base/id.h"

#include <optional>
#include <string>
#include <string_view>

namespace guestkeyd {

inline constexpr const char* kBusName = "org.guestkeyd1";
inline constexpr const char* kManagerPath = "/org/guestkeyd1";
inline constexpr const char* kGuestsPath = "/org/guestkeyd1/guest";
inline constexpr const char* kGuestInterface = "org.guestkeyd1.Guest";

// /org/guestkeyd1/guest/UUID, with "_" for "-", which a path must not hold.
std::string path_of_guest(GuestId guest);
// None for any other path, also for one in another case than path_of_guest() writes.
std::optional<GuestId> guest_of_path(std::string_view path);

} // namespace guestkeyd
