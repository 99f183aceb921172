// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "base/id.h"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace guestkeyd {

// As in org.guestkeyd1(5); a state that a newer agent knows and we do not is Unknown.
enum class GuestState : std::uint32_t { Unknown, Expected, Present, Running, Leaving };

std::string_view state_name(GuestState state);

// Microseconds since the epoch, as all times of the agent.
using Time = std::chrono::sys_time<std::chrono::microseconds>;

// A volume that has a key at the agent. Empty: not given, or up to the agent.
struct Volume {
    VolumeId id;
    std::string delivery{};
    std::string usage_type{};
    std::string usage_id{};
    std::string device{}; // of delivery dm-crypt: the block device, and the name of its mapping
    std::string mapping{};

    bool operator==(const Volume&) const = default;
};

// A guest that has keys at the agent, as it was when asked for.
struct Guest {
    GuestId id;
    std::string name{};
    GuestState state = GuestState::Unknown;
    std::vector<Volume> volumes{};
    std::optional<Time> last_used{};
    std::optional<Time> lease_expires{}; // then the keys are wiped
    std::optional<std::uint64_t> generation{};
    std::string wipe_on{}; // destroyed, stopped or undefined
};

// The agent itself.
struct Status {
    std::string version{};
    std::uint32_t guests = 0;
    std::uint32_t keys = 0;
    std::uint64_t quota_used = 0; // bytes of root's key quota in the kernel
    std::uint64_t quota_max = 0;
    bool libvirt_connected = false;
    std::uint32_t jobs = 0; // on volumes, that have not ended
    std::string boot_id{};  // another one when the host was booted anew, and so lost all keys
};

// Would the guest start, or arrive, now?
struct Readiness {
    bool ready = false;
    std::vector<std::string> missing{}; // each a UUID or "TYPE:USAGE"
};

} // namespace guestkeyd
