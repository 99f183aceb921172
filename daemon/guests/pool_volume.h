// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string>

namespace guestkeyd {

// A volume of a storage pool of libvirt, by names.
struct PoolVolume {
    std::string pool;
    std::string name;

    [[nodiscard]] std::string str() const { return pool + "/" + name; }
    bool operator==(const PoolVolume&) const = default;
};

} // namespace guestkeyd
