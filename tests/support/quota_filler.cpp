// SPDX-License-Identifier: LGPL-2.1-or-later
#include "support/quota_filler.h"

#include "base/error.h"
#include "support/wait_until.h"

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <keyutils.h>
#include <sstream>
#include <string>

namespace guestkeyd::test {

namespace {

constexpr std::size_t kMaxPayload = 32767;

// Of the line of uid 0 in /proc/key-users: "    0:    76 75/75 71/1000000 1743/25000000"; the last pair is bytes.
std::size_t free_bytes() {
    std::ifstream file("/proc/key-users");
    std::string line;
    while (std::getline(file, line) && line.find(" 0:") == std::string::npos)
        ;
    const auto pair = line.substr(line.rfind(' ') + 1);
    return std::stoul(pair.substr(pair.find('/') + 1)) - std::stoul(pair);
}

} // namespace

// Each round takes what was free when it began, less than its keys cost; the last ones are small.
QuotaFiller::QuotaFiller(std::size_t bytes_left) {
    ring_ = add_key("keyring", "filler", nullptr, 0, KEY_SPEC_THREAD_KEYRING);
    if (ring_ < 0)
        throw_errno(errno, "make a keyring");
    const std::string payload(kMaxPayload, 'f');
    for (int i = 0; free_bytes() > bytes_left; ++i) {
        const auto description = "filler " + std::to_string(i);
        const auto cost = description.size() + 1 + sizeof(std::int32_t);
        const auto wanted = free_bytes() - bytes_left;
        const auto size = wanted > cost ? std::min(wanted - cost, kMaxPayload) : std::size_t{1};
        if (add_key("user", description.c_str(), payload.data(), size, ring_) < 0) {
            if (errno == EDQUOT)
                break;
            throw_errno(errno, "fill the quota");
        }
    }
}

// The kernel gives the bytes back a moment after the keys are gone.
QuotaFiller::~QuotaFiller() {
    const auto before = free_bytes();
    keyctl_clear(ring_);
    keyctl_unlink(ring_, KEY_SPEC_THREAD_KEYRING);
    (void)wait_until([before] { return free_bytes() > before + kMaxPayload; });
}

} // namespace guestkeyd::test
