// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <filesystem>
#include <fstream>
#include <string>

namespace guestkeyd {

// What a file of sysfs says (Documentation/ABI in Linux), without the end of its line; empty if there is none.
inline std::string read_attribute(const std::filesystem::path& file) {
    std::ifstream stream(file);
    std::string line;
    std::getline(stream, line);
    return line;
}

} // namespace guestkeyd
