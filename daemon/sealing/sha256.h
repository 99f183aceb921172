// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string>
#include <string_view>

namespace guestkeyd {

// The 32 bytes of it.
std::string sha256(std::string_view bytes);

} // namespace guestkeyd
