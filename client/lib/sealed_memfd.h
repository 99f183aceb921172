// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "base/unique_fd.h"

#include <string_view>

namespace guestkeyd {

// The content in a memfd sealed against writing, growing and shrinking: the reader need not trust us, nor wait for us.
UniqueFd sealed_memfd(const char* name, std::string_view content);

} // namespace guestkeyd
