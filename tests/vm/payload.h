// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "vm/machine.h"

#include <filesystem>

namespace guestkeyd::test {

// What tests/vm/prepare made: root.img and vmlinuz.
std::filesystem::path host_image();

// What all hosts get, as a disk: a tar archive of the packages as built, and of README.md, docs/ and tests/rig/.
Disk make_payload();

} // namespace guestkeyd::test
