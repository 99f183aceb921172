// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "base/id.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace guestkeyd {

inline constexpr const char* kBusName = "org.guestkeyd1";
inline constexpr const char* kManagerPath = "/org/guestkeyd1";
inline constexpr const char* kGuestsPath = "/org/guestkeyd1/guest";
inline constexpr const char* kGuestInterface = "org.guestkeyd1.Guest";
inline constexpr const char* kJobsPath = "/org/guestkeyd1/job";
inline constexpr const char* kJobInterface = "org.guestkeyd1.Job";

// /org/guestkeyd1/guest/UUID, with "_" for "-", which a path must not hold.
std::string path_of_guest(GuestId guest);
// None for any other path, also for one in another case than path_of_guest() writes.
std::optional<GuestId> guest_of_path(std::string_view path);

// /org/guestkeyd1/job/NUMBER, in decimal.
std::string path_of_job(std::uint64_t job);
std::optional<std::uint64_t> job_of_path(std::string_view path);

} // namespace guestkeyd
