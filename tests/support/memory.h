// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string>
#include <string_view>
#include <sys/types.h>

namespace guestkeyd::test {

// Whether the text stands anywhere in the memory of another process, be it left out of core dumps or not.
bool is_in_memory(pid_t process, std::string_view text);

// A core of a process that goes on running, as gcore(1) writes it.
std::string core_of(pid_t process);

} // namespace guestkeyd::test
