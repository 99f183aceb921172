// SPDX-License-Identifier: LGPL-2.1-or-later
#include "domainxml/confinement.h"

#include "base/error.h"

#include <cerrno>
#include <initializer_list>
#include <memory>
#include <seccomp.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

namespace guestkeyd {

namespace {

// A tree made of the shortest elements takes about 25 times the size of its XML.
constexpr rlim_t kMaxMemory = 256 * 1024 * 1024;
constexpr rlim_t kMaxCpuSeconds = 4;
constexpr rlim_t kOnlyStandardStreams = 3;

void limit(__rlimit_resource resource, rlim_t value) {
    const rlimit both{value, value};
    if (setrlimit(resource, &both) < 0)
        throw_errno(errno, "limit the domain XML parser");
}

void set(int option, unsigned long value) {
    if (prctl(option, value, 0UL, 0UL, 0UL) < 0)
        throw_errno(errno, "confine the domain XML parser");
}

// Calls that are not allowed fail with EPERM rather than kill, so that a C library that tries a new one can do without.
class SystemCallFilter {
  public:
    SystemCallFilter() : filter_(seccomp_init(SCMP_ACT_ERRNO(EPERM))) {}

    void allow(int call, std::initializer_list<scmp_arg_cmp> conditions = {}) {
        check_errno(seccomp_rule_add_array(filter_.get(), SCMP_ACT_ALLOW, call,
                                           static_cast<unsigned>(conditions.size()), conditions.begin()),
                    "filter the system calls of the domain XML parser");
    }

    void load() { check_errno(seccomp_load(filter_.get()), "filter the system calls of the domain XML parser"); }

  private:
    struct Release {
        void operator()(void* filter) const { seccomp_release(filter); }
    };
    std::unique_ptr<void, Release> filter_;
};

constexpr scmp_arg_cmp argument(unsigned index, scmp_compare comparison, scmp_datum_t a, scmp_datum_t b = 0) {
    return {index, comparison, a, b};
}

void filter_system_calls() {
    SystemCallFilter filter;
    filter.allow(SCMP_SYS(read), {argument(0, SCMP_CMP_EQ, STDIN_FILENO)});
    filter.allow(SCMP_SYS(write), {argument(0, SCMP_CMP_LE, STDERR_FILENO)});
    filter.allow(SCMP_SYS(mmap), {argument(2, SCMP_CMP_MASKED_EQ, PROT_EXEC, 0)});
    // Memory, the C++ runtime's way of throwing an exception (futex), and the end.
    for (const int call : {SCMP_SYS(brk), SCMP_SYS(munmap), SCMP_SYS(mremap), SCMP_SYS(madvise), SCMP_SYS(futex),
                           SCMP_SYS(rt_sigreturn), SCMP_SYS(exit_group)})
        filter.allow(call);
    filter.load();
}

} // namespace

void confine_this_process() {
    set(PR_SET_NO_NEW_PRIVS, 1);
    set(PR_SET_DUMPABLE, 0);
    limit(RLIMIT_CORE, 0);
    limit(RLIMIT_CPU, kMaxCpuSeconds);
    limit(RLIMIT_AS, kMaxMemory);
    limit(RLIMIT_NOFILE, kOnlyStandardStreams);
    filter_system_calls();
}

} // namespace guestkeyd
