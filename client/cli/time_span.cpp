// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/time_span.h"

#include "base/error.h"
#include "base/id.h"

#include <algorithm>
#include <array>
#include <charconv>

namespace guestkeyd::cli {

namespace {

struct Unit {
    std::string_view name;
    std::uint64_t seconds;
};

constexpr std::array kUnits{
    Unit{"s", 1}, Unit{"sec", 1}, Unit{"m", 60}, Unit{"min", 60}, Unit{"h", 3600}, Unit{"d", 86400}, Unit{"w", 604800},
};

// Far beyond what the agent takes, and small enough for sums.
constexpr std::uint64_t kMostSeconds = 1'000'000'000'000;

std::optional<std::uint64_t> unit_named(std::string_view name) {
    const auto unit = std::find_if(kUnits.begin(), kUnits.end(), [&](const Unit& each) { return each.name == name; });
    return unit == kUnits.end() ? std::nullopt : std::optional(unit->seconds);
}

// Takes what comes before any of the characters, or else all, off the front of the text.
std::string_view take_until(std::string_view& text, bool (*ends)(char)) {
    const auto end = std::find_if(text.begin(), text.end(), ends);
    const auto front = text.substr(0, static_cast<std::size_t>(end - text.begin()));
    text.remove_prefix(front.size());
    return front;
}

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

std::optional<std::uint64_t> span_in_seconds(std::string_view text) {
    if (const auto bare = parse_whole_number(text))
        return bare;
    std::uint64_t sum = 0;
    do {
        const auto number = parse_whole_number(take_until(text, [](char c) { return !is_digit(c); }));
        const auto unit = unit_named(take_until(text, is_digit));
        if (!number || !unit || *number > kMostSeconds / *unit)
            return std::nullopt;
        sum += *number * *unit;
    } while (!text.empty() && sum <= kMostSeconds);
    return sum;
}

} // namespace

std::optional<std::uint64_t> parse_whole_number(std::string_view text) {
    std::uint64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    return error == std::errc() && end == text.data() + text.size() ? std::optional(number) : std::nullopt;
}

std::chrono::seconds parse_time_span(std::string_view text) {
    const auto seconds = span_in_seconds(text);
    if (!seconds || *seconds > kMostSeconds)
        throw Failure(ErrorCode::InvalidArgs,
                      quoted(text) + " is no span of time; give seconds, or numbers with s, min, h, d or w, such as "
                                     "90s or 1h30min");
    return std::chrono::seconds(*seconds);
}

} // namespace guestkeyd::cli
