// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "decode.h"

#include <optional>

namespace guestkeyd {

template <typename T> std::optional<T> find(const Properties& properties, const char* name) {
    const auto found = properties.find(name);
    return found == properties.end() ? std::nullopt : std::optional<T>(found->second.get<T>());
}

// Zero is the agent's "never" and "none".
inline std::optional<std::uint64_t> find_nonzero(const Properties& properties, const char* name) {
    const auto number = find<std::uint64_t>(properties, name);
    return number == 0U ? std::nullopt : number;
}

inline std::optional<Time> find_time(const Properties& properties, const char* name) {
    const auto microseconds = find_nonzero(properties, name);
    return microseconds ? std::optional(Time(std::chrono::microseconds(static_cast<std::int64_t>(*microseconds))))
                        : std::nullopt;
}

} // namespace guestkeyd
