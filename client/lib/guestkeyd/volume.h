// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace guestkeyd {

// Where an encrypted volume is: at an absolute path, or in a storage pool of libvirt.
struct VolumePlace {
    std::string path{}; // empty: in the pool
    std::string pool{};
    std::string name{};
};

// A volume to be made. What is not given is up to the agent; see CreateVolume in org.guestkeyd1(5).
struct NewVolume {
    VolumePlace place;
    std::string format{};                    // luks2, luks1 or qcow2
    std::optional<std::uint64_t> capacity{}; // bytes
    std::string cipher{};
    std::optional<std::uint32_t> key_size{};    // bits
    std::optional<std::uint32_t> sector_size{}; // bytes
    std::string label{};
    std::string pbkdf{}; // minimal or argon2id
    bool overwrite = false;
};

// A volume to be encrypted anew. What is not given is up to the agent; see ReencryptVolume in org.guestkeyd1(5).
struct Reencryption {
    VolumePlace place;
    std::string pbkdf{};
    std::optional<std::uint64_t> hotzone{}; // bytes
    std::string resilience{};               // checksum or journal
    std::string target{};                   // path of a block device for the copy
    bool online = false;                    // while it is open through a dm-crypt mapping
};

} // namespace guestkeyd
