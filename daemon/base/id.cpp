// SPDX-License-Identifier: LGPL-2.1-or-later
#include "base/id.h"

#include "base/error.h"

#include <cstring>

namespace guestkeyd {

namespace {

constexpr std::size_t kTextLength = 36;

constexpr bool is_dash_position(std::size_t i) {
    return i == 8 || i == 13 || i == 18 || i == 23;
}

int hex_value(char c) {
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

Uuid parse_or_throw(std::string_view text, const char* what) {
    auto uuid = Uuid::parse(text);
    if (!uuid)
        throw Failure(ErrorCode::InvalidArgs, quoted(text) + " is not the UUID of a " + what +
                                                  "; give it as xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx");
    return *uuid;
}

} // namespace

std::optional<Uuid> Uuid::parse(std::string_view text) {
    if (text.size() != kTextLength)
        return std::nullopt;
    Uuid uuid;
    std::size_t nibble = 0;
    for (std::size_t i = 0; i < kTextLength; ++i) {
        if (is_dash_position(i)) {
            if (text[i] != '-')
                return std::nullopt;
            continue;
        }
        const int value = hex_value(text[i]);
        if (value < 0)
            return std::nullopt;
        auto& byte = uuid.bytes_[nibble / 2];
        byte = static_cast<std::uint8_t>((byte << 4) | value);
        ++nibble;
    }
    return uuid;
}

std::string Uuid::str() const {
    static constexpr char kDigits[] = "0123456789abcdef";
    std::string text;
    text.reserve(kTextLength);
    for (const auto byte : bytes_) {
        if (is_dash_position(text.size()))
            text += '-';
        text += kDigits[byte >> 4];
        text += kDigits[byte & 15];
    }
    return text;
}

std::size_t Uuid::hash() const {
    std::size_t head = 0;
    std::size_t tail = 0;
    std::memcpy(&head, bytes_.data(), sizeof head);
    std::memcpy(&tail, bytes_.data() + bytes_.size() - sizeof tail, sizeof tail);
    return head ^ tail;
}

template <> GuestId GuestId::parse(std::string_view text) {
    return GuestId(parse_or_throw(text, "guest"));
}

template <> VolumeId VolumeId::parse(std::string_view text) {
    return VolumeId(parse_or_throw(text, "volume"));
}

std::string quoted(std::string_view text) {
    constexpr std::size_t kLongest = 80;
    std::string result = "'";
    for (const char c : text.substr(0, kLongest))
        result += (c >= ' ' && c <= '~') ? c : '?';
    result += text.size() > kLongest ? "...'" : "'";
    return result;
}

} // namespace guestkeyd
