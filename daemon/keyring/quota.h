// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>

namespace guestkeyd {

// What root's keys use of the kernel's quota, and may use; /proc/key-users (keyrings(7)).
struct KeyQuota {
    std::uint64_t keys = 0;
    std::uint64_t max_keys = 0;
    std::uint64_t bytes = 0;
    std::uint64_t max_bytes = 0;

    // The fuller of the two, from 0 to 1.
    [[nodiscard]] double fullness() const;
};

KeyQuota read_key_quota();

} // namespace guestkeyd
