// SPDX-License-Identifier: LGPL-2.1-or-later
#include "keyring/quota.h"

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <string>

namespace guestkeyd {

double KeyQuota::fullness() const {
    const auto share = [](std::uint64_t used, std::uint64_t max) {
        return max == 0 ? 1.0 : static_cast<double>(used) / static_cast<double>(max);
    };
    return std::max(share(keys, max_keys), share(bytes, max_bytes));
}

KeyQuota read_key_quota() {
    std::ifstream users("/proc/key-users");
    std::string line;
    while (std::getline(users, line)) {
        unsigned uid = 0;
        KeyQuota quota;
        // "uid: usage nkeys/nikeys qnkeys/maxkeys qnbytes/maxbytes"
        if (std::sscanf(line.c_str(), "%u: %*d %*d/%*d %lu/%lu %lu/%lu", &uid, &quota.keys, &quota.max_keys,
                        &quota.bytes, &quota.max_bytes) == 5 &&
            uid == 0)
            return quota;
    }
    return {};
}

} // namespace guestkeyd
