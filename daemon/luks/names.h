// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace guestkeyd {

// What the values of an enumeration are called in texts; one row for each, in their order.
template <typename Value, std::size_t N> struct Names {
    struct Row {
        Value value;
        std::string_view name;
    };
    Row rows[N];

    [[nodiscard]] constexpr std::string_view name(Value value) const {
        return rows[static_cast<std::size_t>(value)].name;
    }

    [[nodiscard]] constexpr std::optional<Value> value(std::string_view name) const {
        for (const auto& row : rows)
            if (row.name == name)
                return row.value;
        return std::nullopt;
    }
};

} // namespace guestkeyd
