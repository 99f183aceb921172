// SPDX-License-Identifier: LGPL-2.1-or-later
#include "guests/base64.h"

#include <cstdint>

namespace guestkeyd {

namespace {

constexpr std::string_view kAlphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::size_t kGroup = 4; // characters that stand for three bytes

} // namespace

std::optional<SecretBuffer> decode_base64(std::string_view text) {
    if (text.empty() || text.size() % kGroup != 0)
        return std::nullopt;
    const std::size_t padding = text.ends_with("==") ? 2 : text.ends_with('=') ? 1 : 0;
    SecretBuffer bytes(text.size() / kGroup * 3);
    std::uint32_t bits = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const bool padded = i >= text.size() - padding;
        const auto value = padded ? 0 : kAlphabet.find(text[i]);
        if (value == std::string_view::npos)
            return std::nullopt;
        bits = bits << 6 | static_cast<std::uint32_t>(value);
        if (i % kGroup != kGroup - 1)
            continue;
        const auto room = bytes.room();
        for (std::size_t byte = 0; byte < 3; ++byte)
            room[byte] = static_cast<char>(bits >> (16 - 8 * byte) & 0xFF);
        bytes.grow(i + 1 == text.size() ? 3 - padding : 3);
    }
    return bytes;
}

} // namespace guestkeyd
