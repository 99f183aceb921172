// SPDX-License-Identifier: LGPL-2.1-or-later
#include "luks/worker_confinement.h"

#include "base/error.h"
#include "base/privileges.h"
#include "confine/process_limits.h"
#include "confine/system_call_filter.h"

#include <cerrno>
#include <linux/capability.h>
#include <linux/keyctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace guestkeyd {

namespace {

// Argon2 takes up to 1 GiB, if an honest header asks for it.
constexpr rlim_t kMaxMemory = 1280UL * 1024 * 1024;

void leave_keyrings() {
    if (syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, nullptr) < 0 && errno != ENOSYS)
        throw_errno(errno, "take a session keyring of our own");
}

} // namespace

void confine_worker() {
    protect_memory();
    leave_keyrings();
    // Images belong to whoever runs the guests, and copies of them are given to the same.
    keep_capabilities({CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH, CAP_CHOWN, CAP_FOWNER, CAP_FSETID});
    close_process();
    limit_process(RLIMIT_DATA, kMaxMemory);
}

void filter_worker_calls(Programs programs) {
    SystemCallFilter filter;
    // Files.
    filter.allow(
        {"read",       "write",      "pread64",    "pwrite64",        "readv",     "writev",         "preadv",
         "pwritev",    "open",       "openat",     "close",           "lseek",     "stat",           "lstat",
         "fstat",      "newfstatat", "statx",      "statfs",          "fstatfs",   "access",         "faccessat",
         "faccessat2", "readlink",   "readlinkat", "getdents64",      "getcwd",    "umask",          "ftruncate",
         "fallocate",  "fsync",      "fdatasync",  "sync_file_range", "fadvise64", "fcntl",          "flock",
         "dup",        "dup2",       "dup3",       "ioctl",           "mkdir",     "mkdirat",        "link",
         "linkat",     "unlink",     "unlinkat",   "rename",          "renameat",  "renameat2",      "chown",
         "fchown",     "fchmod",     "flistxattr", "fgetxattr",       "fsetxattr", "memfd_create",   "pipe",
         "pipe2",      "poll",       "ppoll",      "select",          "pselect6",  "copy_file_range"});
    // Memory, threads, time, and what a C library asks for.
    filter.allow({"brk",
                  "munmap",
                  "mremap",
                  "madvise",
                  "mlock",
                  "mlock2",
                  "munlock",
                  "mlockall",
                  "munlockall",
                  "mincore",
                  "futex",
                  "clone",
                  "clone3",
                  "set_robust_list",
                  "rseq",
                  "set_tid_address",
                  "gettid",
                  "getpid",
                  "getppid",
                  "getuid",
                  "geteuid",
                  "getgid",
                  "getegid",
                  "getresuid",
                  "getresgid",
                  "getrlimit",
                  "prlimit64",
                  "getrusage",
                  "getpriority",
                  "setpriority",
                  "sched_yield",
                  "sched_getaffinity",
                  "sysinfo",
                  "uname",
                  "getrandom",
                  "clock_gettime",
                  "clock_getres",
                  "clock_nanosleep",
                  "nanosleep",
                  "gettimeofday",
                  "times",
                  "setitimer",
                  "getitimer",
                  "rt_sigaction",
                  "rt_sigprocmask",
                  "rt_sigreturn",
                  "rt_sigtimedwait",
                  "restart_syscall",
                  "exit",
                  "exit_group"});
    if (programs == Programs::None) {
        filter.allow("mmap", {ArgumentIs::WithoutBits, 2, PROT_EXEC});
        filter.allow("mprotect", {ArgumentIs::WithoutBits, 2, PROT_EXEC});
        return filter.load();
    }
    filter.allow({"mmap",
                  "mprotect",
                  "fork",
                  "vfork",
                  "execve",
                  "wait4",
                  "waitid",
                  "kill",
                  "tgkill",
                  "prctl",
                  "arch_prctl",
                  "close_range",
                  "sigaltstack",
                  "eventfd2",
                  "signalfd4",
                  "timerfd_create",
                  "timerfd_settime",
                  "epoll_create1",
                  "epoll_ctl",
                  "epoll_wait",
                  "epoll_pwait",
                  "epoll_pwait2",
                  "io_setup",
                  "io_submit",
                  "io_getevents",
                  "io_destroy",
                  "sched_setaffinity",
                  "sched_getparam",
                  "sched_getscheduler"});
    filter.load();
}

} // namespace guestkeyd
