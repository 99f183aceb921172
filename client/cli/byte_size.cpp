// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/byte_size.h"

#include "base/error.h"
#include "base/id.h"
#include "cli/time_span.h"

namespace guestkeyd::cli {

std::uint64_t parse_byte_size(std::string_view text) {
    constexpr std::string_view kUnits = "KMGTPE";
    constexpr unsigned kStep = 10; // bits
    const auto unit = text.empty() ? std::string_view::npos : kUnits.find(text.back());
    const bool has_unit = unit != std::string_view::npos;
    const auto number = parse_whole_number(has_unit ? text.substr(0, text.size() - 1) : text);
    const auto shift = has_unit ? kStep * (static_cast<unsigned>(unit) + 1) : 0;
    if (!number || (*number << shift) >> shift != *number)
        throw Failure(ErrorCode::InvalidArgs,
                      quoted(text) + " is no size; give bytes, or a whole number with K, M, G or T, such as 10G");
    return *number << shift;
}

} // namespace guestkeyd::cli
