// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "base/secret_buffer.h"
#include "keyring/anchor.h"

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace guestkeyd {

// A key in the kernel and which of our keyrings links it.
struct KernelKey {
    KeySerial serial = 0;
    std::uint32_t shard = 0;
};

enum class KeyHealth { Live, Dead }; // Dead: revoked or expired, its payload is gone

struct FoundKey {
    KernelKey key;
    KeyHealth health;
    std::string description; // empty if Dead
};

// The agent's keys below the anchor: keys of type user (keyrings(7)), owned by root, usable only by who possesses them.
// They stay when this object goes. They hang in several keyrings, because one with more than some 16,380 links leaks
// the owner's quota in the kernel.
class KernelKeyring {
  public:
    explicit KernelKeyring(Anchor anchor);

    // A new key; description at most 4095 bytes, payload at most 32767. LimitsExceeded when root's quota is used up.
    KernelKey add(const std::string& description, std::string_view payload);

    // Replaces a payload of at most 4096 bytes in one step; the old one stays when LimitsExceeded is thrown.
    void update(KernelKey key, std::string_view payload);

    // From then on the kernel refuses the key, without help of ours; an update clears it. Seconds from now, at least 1.
    void set_timeout(KernelKey key, std::uint32_t seconds);

    [[nodiscard]] SecretBuffer read(KernelKey key) const;

    // Revokes, so that whoever else links the key loses the payload too; unlinks; then makes sure that it is gone.
    // PurgeFailed if the kernel still knows it. A key that is gone already is no error.
    void purge(KernelKey key);

    // Every key that hangs here, in no order.
    void for_each(const std::function<void(FoundKey)>& visit);

  private:
    struct Shard {
        KeySerial ring;
        std::uint32_t links;
    };

    static std::string shard_name(std::size_t index);
    std::uint32_t shard_with_room();
    KeySerial make_ring(std::size_t index);
    static std::vector<KeySerial> links_of(KeySerial ring);

    Anchor anchor_;
    std::vector<Shard> shards_;
};

} // namespace guestkeyd
