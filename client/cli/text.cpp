// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/text.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <ctime>

namespace guestkeyd::cli {

namespace {

bool is_continuation(char c) {
    return (static_cast<unsigned char>(c) & 0xc0U) == 0x80U;
}

// U+0080 to U+009F are control characters, too, and begin with this byte in UTF-8.
bool is_c1_control(std::string_view text, std::size_t at) {
    return text[at] == '\xc2' && at + 1 < text.size() && static_cast<unsigned char>(text[at + 1]) < 0xa0U;
}

} // namespace

std::string printable(std::string_view text) {
    std::string result;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto byte = static_cast<unsigned char>(text[i]);
        if (is_c1_control(text, i)) {
            result += '?';
            ++i;
        } else {
            result += byte < 0x20U || byte == 0x7fU ? '?' : text[i];
        }
    }
    return result;
}

std::size_t width(std::string_view text) {
    return text.size() - static_cast<std::size_t>(std::count_if(text.begin(), text.end(), is_continuation));
}

std::string human_bytes(std::uint64_t bytes) {
    static constexpr std::array kUnits{"B", "K", "M", "G", "T", "P", "E"};
    auto value = static_cast<double>(bytes);
    std::size_t unit = 0;
    for (; value >= 1024 && unit + 1 < kUnits.size(); ++unit)
        value /= 1024;
    std::array<char, 32> text{};
    std::snprintf(text.data(), text.size(), unit == 0 ? "%.0f%s" : "%.1f%s", value, kUnits[unit]);
    return text.data();
}

std::string human_time(const std::optional<Time>& time, const char* never) {
    if (!time)
        return never;
    const auto seconds = std::chrono::floor<std::chrono::seconds>(*time).time_since_epoch().count();
    const auto clock = static_cast<std::time_t>(seconds);
    std::tm fields{};
    std::array<char, 64> text{};
    if (!localtime_r(&clock, &fields) || std::strftime(text.data(), text.size(), "%a %F %T %Z", &fields) == 0)
        return std::to_string(seconds) + " s";
    return text.data();
}

std::string counted(std::size_t count, const std::string& noun) {
    return std::to_string(count) + " " + noun + (count == 1 ? "" : "s");
}

std::string human_guest(const Guest& guest) {
    return human_guest(guest.id, guest.name);
}

std::string human_guest(const GuestId& id, const std::string& name) {
    return name.empty() ? id.str() : id.str() + " (" + printable(name) + ")";
}

} // namespace guestkeyd::cli
