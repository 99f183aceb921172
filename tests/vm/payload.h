// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "vm/machine.h"

#include <filesystem>

namespace guestkeyd::test {

// The folder where tests/vm/prepare made what follows.
std::filesystem::path made_for_hosts();
// A file in the image of hosts: root.img or vmlinuz.
std::filesystem::path in_image(const std::string& name);
// The packages as built.
std::vector<std::filesystem::path> built_packages();

// What all hosts get, as a disk: a tar archive of the packages as built, and of README.md, docs/ and tests/rig/.
Disk make_payload();

} // namespace guestkeyd::test
