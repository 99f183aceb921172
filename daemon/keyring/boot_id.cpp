// SPDX-License-Identifier: LGPL-2.1-or-later
#include "keyring/boot_id.h"

#include <fstream>

namespace guestkeyd {

std::string read_boot_id() {
    std::ifstream file("/proc/sys/kernel/random/boot_id");
    std::string id;
    file >> id;
    return id;
}

} // namespace guestkeyd
