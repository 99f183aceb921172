// SPDX-License-Identifier: LGPL-2.1-or-later
#include "bus/object_path.h"

#include <algorithm>
#include <charconv>

namespace guestkeyd {

std::string path_of_guest(GuestId guest) {
    auto name = guest.str();
    std::replace(name.begin(), name.end(), '-', '_');
    return std::string(kGuestsPath) + "/" + name;
}

std::optional<GuestId> guest_of_path(std::string_view path) {
    const std::string_view prefix(kGuestsPath);
    if (!path.starts_with(prefix) || path.size() <= prefix.size())
        return std::nullopt;
    std::string name(path.substr(prefix.size() + 1));
    std::replace(name.begin(), name.end(), '_', '-');
    const auto guest = GuestId::try_parse(name);
    return guest && path_of_guest(*guest) == path ? guest : std::nullopt;
}

std::string path_of_job(std::uint64_t job) {
    return std::string(kJobsPath) + "/" + std::to_string(job);
}

std::optional<std::uint64_t> job_of_path(std::string_view path) {
    const std::string_view prefix(kJobsPath);
    if (!path.starts_with(prefix) || path.size() <= prefix.size())
        return std::nullopt;
    const auto text = path.substr(prefix.size() + 1);
    std::uint64_t number = 0;
    std::from_chars(text.data(), text.data() + text.size(), number);
    return path_of_job(number) == path ? std::optional(number) : std::nullopt;
}

} // namespace guestkeyd
