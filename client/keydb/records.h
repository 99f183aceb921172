// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "base/id.h"
#include "guestkeyd/volume.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace guestkeyd::keydb {

// A row of its table. Times are seconds since 1970, spans are seconds.
using Row = std::int64_t;

struct HostRecord {
    Row row = 0;
    std::string name{};
    std::string uri{};         // of libvirt
    std::string agent{};       // [USER@]HOST[:PORT] for ssh to its agent; empty: this machine's
    std::string authority{};   // file with the CA that certifies the host; empty: its certificate is pinned
    std::string certificate{}; // PEM, as it was when last seen
    std::string boot{};        // the BootId of its agent when its guests last got all their keys; empty: not known
};

struct VolumeRecord {
    Row row = 0;
    VolumeId id;
    std::string host{}; // that it was made on, and that works on it
    VolumePlace place{};
    std::string format{};
    std::optional<std::uint64_t> capacity{}; // bytes
    bool ready = false;                      // it was made, or was there
    std::int64_t made = 0;
    std::int64_t rekeyed = 0;
    std::optional<std::int64_t> rekey_every{};
    bool rekey_after_migration = false;
    bool migrated = false; // since it was rekeyed
    std::optional<std::int64_t> forgotten{};
};

// New: to be used by what is going on, and may open the volume already. Current: opens the volume. Old: opened it, and
// opens older copies. Tombstone: forgotten, its value is not there any more.
enum class KeyState { New, Current, Old, Tombstone };

struct KeyRecord {
    Row row = 0;
    KeyState state = KeyState::New;
    std::int64_t made = 0;
};

struct GuestRecord {
    GuestId id;
    std::string name{};
    std::string host{};
    std::string destination{}; // while it migrates
    std::int64_t generation = 0;
    bool stale = false; // its host is still to get a key of it that has changed
    std::vector<VolumeId> volumes{};
};

} // namespace guestkeyd::keydb
