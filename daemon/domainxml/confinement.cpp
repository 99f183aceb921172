// SPDX-License-Identifier: LGPL-2.1-or-later
#include "domainxml/confinement.h"

#include "confine/process_limits.h"
#include "confine/system_call_filter.h"

#include <sys/mman.h>
#include <unistd.h>

namespace guestkeyd {

namespace {

// A tree made of the shortest elements takes about 25 times the size of its XML.
constexpr rlim_t kMaxMemory = 256 * 1024 * 1024;
constexpr rlim_t kMaxCpuSeconds = 4;
constexpr rlim_t kOnlyStandardStreams = 3;

void filter_system_calls() {
    SystemCallFilter filter;
    filter.allow("read", {ArgumentIs::Equal, 0, STDIN_FILENO});
    filter.allow("write", {ArgumentIs::AtMost, 0, STDERR_FILENO});
    filter.allow("mmap", {ArgumentIs::WithoutBits, 2, PROT_EXEC});
    // Memory, the C++ runtime's way of throwing an exception (futex), and the end.
    filter.allow({"brk", "munmap", "mremap", "madvise", "futex", "rt_sigreturn", "exit_group"});
    filter.load();
}

} // namespace

void confine_this_process() {
    close_process();
    limit_process(RLIMIT_CPU, kMaxCpuSeconds);
    limit_process(RLIMIT_AS, kMaxMemory);
    limit_process(RLIMIT_NOFILE, kOnlyStandardStreams);
    filter_system_calls();
}

} // namespace guestkeyd
