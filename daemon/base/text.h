// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string_view>

namespace guestkeyd {

// Well-formed as Unicode, table 3-7, defines it: no overlong forms, no surrogates, nothing above U+10FFFF.
bool is_utf8(std::string_view text);

// Not empty, UTF-8, and without control characters: it can stand in a line of its own.
bool is_one_line(std::string_view text);

} // namespace guestkeyd
