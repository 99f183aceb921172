// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string>
#include <vector>

namespace guestkeyd::test {

// The blocks of code in README.md below a heading like "## Installing", up to the next one, as a user copies them.
std::vector<std::string> blocks_of_readme(const std::string& heading);

} // namespace guestkeyd::test
