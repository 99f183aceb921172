// SPDX-License-Identifier: LGPL-2.1-or-later
#include "confine/process_limits.h"

#include "base/error.h"

#include <cerrno>
#include <sys/prctl.h>

namespace guestkeyd {

namespace {

void set(int option, unsigned long value) {
    if (prctl(option, value, 0UL, 0UL, 0UL) < 0)
        throw_errno(errno, "confine a process");
}

} // namespace

void limit_process(__rlimit_resource resource, rlim_t value) {
    const rlimit both{value, value};
    if (setrlimit(resource, &both) < 0)
        throw_errno(errno, "limit a process");
}

void close_process() {
    set(PR_SET_NO_NEW_PRIVS, 1);
    set(PR_SET_DUMPABLE, 0);
    limit_process(RLIMIT_CORE, 0);
}

} // namespace guestkeyd
