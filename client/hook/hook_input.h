// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "base/unique_fd.h"
#include "deadline.h"

#include <string>
#include <string_view>

namespace guestkeyd {

// What libvirt writes to the standard input of a hook, to its end, or to the first byte beyond max. Failure if the end
// does not come in time.
std::string read_standard_input(std::size_t max, const Deadline& deadline);

// The text in a memfd that can never change again (memfd_create(2), F_ADD_SEALS), to be read from its start.
UniqueFd sealed_copy(std::string_view text);

} // namespace guestkeyd
