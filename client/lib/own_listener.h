// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "base/unique_fd.h"

#include <string>

namespace guestkeyd {

// Has a unix socket listen under an abstract name (unix(7)) that the kernel chooses, and returns that.
std::string listen_anywhere(const UniqueFd& socket);

// Any process here could connect to the name.
bool is_of_this_process(const UniqueFd& connection);

} // namespace guestkeyd
