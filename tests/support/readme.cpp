// SPDX-License-Identifier: LGPL-2.1-or-later
#include "support/readme.h"

#include "support/project.h"
#include "support/temp_dir.h"

#include <sstream>
#include <string_view>

namespace guestkeyd::test {

std::vector<std::string> blocks_of_readme(const std::string& heading) {
    constexpr std::string_view kCodeIndent = "    ";
    std::istringstream readme(read_file(project_file("README.md")));
    std::vector<std::string> blocks;
    std::string line;
    while (std::getline(readme, line) && line != heading)
        continue;
    std::string empty_lines; // those between two lines of code belong to it
    for (bool in_code = false; std::getline(readme, line) && !line.starts_with("## ");) {
        if (line.starts_with(kCodeIndent)) {
            if (!in_code)
                blocks.emplace_back();
            blocks.back() += empty_lines + line.substr(kCodeIndent.size()) + "\n";
        }
        empty_lines = line.empty() ? empty_lines + "\n" : "";
        in_code = line.starts_with(kCodeIndent) || (line.empty() && in_code);
    }
    return blocks;
}

} // namespace guestkeyd::test
