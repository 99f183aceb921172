// SPDX-License-Identifier: LGPL-2.1-or-later
#include "base/text.h"

#include <algorithm>
#include <cstdint>

namespace guestkeyd {

namespace {

constexpr std::uint8_t byte_at(std::string_view text, std::size_t i) {
    return static_cast<std::uint8_t>(text[i]);
}

// Length of the sequence that starts with this byte; 0 if none can.
constexpr std::size_t sequence_length(std::uint8_t lead) {
    if (lead < 0x80)
        return 1;
    if (lead >= 0xC2 && lead <= 0xDF)
        return 2;
    if (lead >= 0xE0 && lead <= 0xEF)
        return 3;
    return lead >= 0xF0 && lead <= 0xF4 ? 4 : 0;
}

// The second byte is where overlong forms, surrogates and code points beyond Unicode show.
constexpr bool second_byte_fits(std::uint8_t lead, std::uint8_t second) {
    const std::uint8_t lowest = lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
    const std::uint8_t highest = lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;
    return second >= lowest && second <= highest;
}

constexpr bool is_control(char c) {
    return (c >= 0 && c < ' ') || c == '\x7f';
}

} // namespace

bool is_utf8(std::string_view text) {
    for (std::size_t i = 0; i < text.size();) {
        const auto length = sequence_length(byte_at(text, i));
        if (length == 0 || length > text.size() - i)
            return false;
        if (length > 1 && !second_byte_fits(byte_at(text, i), byte_at(text, i + 1)))
            return false;
        for (std::size_t k = 2; k < length; ++k)
            if ((byte_at(text, i + k) & 0xC0) != 0x80)
                return false;
        i += length;
    }
    return true;
}

bool is_one_line(std::string_view text) {
    return !text.empty() && is_utf8(text) && std::none_of(text.begin(), text.end(), is_control);
}

} // namespace guestkeyd
