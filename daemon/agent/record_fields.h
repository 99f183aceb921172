// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace guestkeyd {

// The syntax of the records in record.h: words with a space between them, most of the form name=value, in which spaces,
// control characters, "%" and "=" are written as %XX.
using Fields = std::map<std::string, std::string, std::less<>>;

std::vector<std::string_view> words_of(std::string_view text);

// The words from first on; none if one has no "=", or a value is not well escaped.
std::optional<Fields> fields_of(const std::vector<std::string_view>& words, std::size_t first);

// " name=value"
std::string field(std::string_view name, std::string_view value);

std::optional<std::uint64_t> number_of(const Fields& fields, std::string_view name);
// Empty if there is none.
std::string text_of(const Fields& fields, std::string_view name);

} // namespace guestkeyd
