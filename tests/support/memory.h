// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string_view>
#include <sys/types.h>

namespace guestkeyd::test {

// Whether the text stands anywhere in the memory of another process.
bool is_in_memory(pid_t process, std::string_view text);

// The same for what a core dump of it would hold: not in memory that is left out of those (madvise(2), MADV_DONTDUMP).
bool is_in_core(pid_t process, std::string_view text);

} // namespace guestkeyd::test
