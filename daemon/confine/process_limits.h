// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <sys/resource.h>

namespace guestkeyd {

// Sets both the soft and the hard limit (setrlimit(2)).
void limit_process(__rlimit_resource resource, rlim_t value);

// No new privileges by exec, no core dumps, no ptrace by others (prctl(2)).
void close_process();

} // namespace guestkeyd
