// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "agent/record.h"
#include "keyring/kernel_keyring.h"

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

namespace guestkeyd {

// As on the bus, org.guestkeyd1.Guest.State.
enum class GuestState : std::uint32_t { Unknown = 0, Expected = 1, Present = 2, Running = 3, Leaving = 4 };

struct AttachedVolume {
    VolumeId volume;
    KernelKey key;
    std::uint64_t epoch;
    VolumeAttributes attributes;
};

// A guest with keys here.
struct Guest {
    GuestId id;
    GuestRecord record;
    KernelKey record_key;
    GuestState state = GuestState::Unknown;
    std::vector<AttachedVolume> volumes;

    [[nodiscard]] const AttachedVolume* find(VolumeId volume) const {
        const auto found = std::find_if(volumes.begin(), volumes.end(),
                                        [volume](const AttachedVolume& each) { return each.volume == volume; });
        return found == volumes.end() ? nullptr : &*found;
    }
    // "guest UUID", with its name if one is known; for messages.
    [[nodiscard]] std::string title() const;
};

// Why keys were wiped; on the bus as the reason of KeysPurged.
enum class PurgeReason {
    Requested,
    Replaced,
    Destroyed,
    Migrated,
    Undefined,
    Stopped,
    Vanished,
    LeaseEnded,
    NeverCame,
};
const char* purge_reason_name(PurgeReason reason);

struct PurgeCause {
    PurgeCause(PurgeReason why, std::optional<std::uint32_t> who = std::nullopt)
        : reason(why), caller(who) {} // NOLINT: a reason is a cause
    PurgeReason reason;
    std::optional<std::uint32_t> caller; // uid of who requested it
};

} // namespace guestkeyd
