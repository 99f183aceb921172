// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <charconv>
#include <optional>
#include <string_view>

namespace guestkeyd {

// Well-formed as Unicode, table 3-7, defines it: no overlong forms, no surrogates, nothing above U+10FFFF.
bool is_utf8(std::string_view text);

// Not empty, UTF-8, and without control characters: it can stand in a line of its own.
bool is_one_line(std::string_view text);

// The whole text as a decimal number, if that is what it is and the type holds it.
template <typename Number> std::optional<Number> parse_number(std::string_view text) {
    Number value = 0;
    const auto* end = text.data() + text.size();
    const auto result = std::from_chars(text.data(), end, value);
    return result.ec == std::errc{} && result.ptr == end ? std::optional(value) : std::nullopt;
}

} // namespace guestkeyd
