// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace guestkeyd::cli {

// A line of /proc/PID/mountinfo, as far as we read it (proc(5)).
struct Mount {
    std::string point;
    std::string type;
    std::string source;
};

std::vector<Mount> read_mounts(const std::string& mountinfo);

// The mount that a path lies on: the one with the longest mount point, the latest of those stacked on each other.
std::optional<Mount> find_mount(const std::string& path, const std::vector<Mount>& mounts);

} // namespace guestkeyd::cli
