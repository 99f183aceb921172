// SPDX-License-Identifier: LGPL-2.1-or-later
#include "keydb/values.h"

#include "sealing/locked_box.h"

#include <ctime>
#include <string_view>

namespace guestkeyd::keydb {

namespace {

constexpr std::string_view kDigits = "0123456789abcdef";

std::size_t byte_of(char c) {
    return static_cast<unsigned char>(c);
}

} // namespace

std::int64_t now() {
    return std::time(nullptr);
}

std::string new_uuid() {
    auto bytes = random_bytes(16);
    bytes[6] = static_cast<std::uint8_t>((bytes[6] & 0x0fU) | 0x40U);
    bytes[8] = static_cast<std::uint8_t>((bytes[8] & 0x3fU) | 0x80U);
    std::string text;
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        if (i == 4 || i == 6 || i == 8 || i == 10)
            text += '-';
        text += kDigits[bytes[i] >> 4U];
        text += kDigits[bytes[i] & 0xfU];
    }
    return text;
}

SecretBuffer new_volume_key() {
    const auto random = random_secret(32);
    SecretBuffer key(2 * random.size());
    for (const char c : random.view()) {
        key.append(kDigits.substr(byte_of(c) >> 4U, 1));
        key.append(kDigits.substr(byte_of(c) & 0xfU, 1));
    }
    return key;
}

} // namespace guestkeyd::keydb
