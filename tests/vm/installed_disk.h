// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <filesystem>

namespace guestkeyd::test {

// The disk of a host that has the packages installed, and has never used them. It is made by a host that boots for
// this, which takes half a minute, when the packages or the image are new; logs: where that host's go.
std::filesystem::path disk_with_packages(const std::filesystem::path& logs);

} // namespace guestkeyd::test
