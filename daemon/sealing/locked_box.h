// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "base/secret_buffer.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace guestkeyd {

using Bytes = std::vector<std::uint8_t>;

// What keys that are kept in a file are locked with: AES-256-GCM (NIST SP 800-38D).
inline constexpr std::size_t kBoxKeyBytes = 32;

// From the kernel (getrandom(2)).
SecretBuffer random_secret(std::size_t bytes);
Bytes random_bytes(std::size_t bytes);

// A random nonce of 96 bits, the content encrypted, and the tag. Up to 2^32 boxes may be locked with one key. The place
// is what the box belongs to: it is authenticated, and not in the box.
Bytes lock_box(const SecretBuffer& key, std::string_view place, std::string_view content);

// The content; none if the key is another one, or the box was altered or belongs to another place.
std::optional<SecretBuffer> open_box(const SecretBuffer& key, std::string_view place,
                                     std::span<const std::uint8_t> box);

// What scrypt (RFC 7914) takes to try one passphrase: 128 * cost * block bytes, and time in proportion.
struct ScryptCost {
    std::uint64_t cost;
    std::uint32_t block;
    std::uint32_t parallel;
};

// For passphrases of people: 128 MiB and some tenths of a second.
inline constexpr ScryptCost kSlowScrypt{131072, 8, 1};
// For what is random: nobody guesses it.
inline constexpr ScryptCost kFastScrypt{2, 8, 1};

// A key made of a passphrase. InvalidArgs for a cost that takes more than 1 GiB: it may come from a file that somebody
// has made.
SecretBuffer derive_key(const SecretBuffer& passphrase, std::span<const std::uint8_t> salt, const ScryptCost& cost);

} // namespace guestkeyd
