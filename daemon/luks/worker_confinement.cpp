// SPDX-License-Identifier: LGPL-2.1-or-later
#include "luks/worker_confinement.h"

#include "base/error.h"
#include "base/privileges.h"
#include "confine/process_limits.h"
#include "confine/system_call_filter.h"

#include <cerrno>
#include <linux/capability.h>
#include <linux/keyctl.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/socket.h>
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

void allow_files(SystemCallFilter& filter) {
    filter.allow({"open", "openat", "close", "lseek", "read", "write", "pread64", "pwrite64", "readv", "writev"});
    filter.allow({"preadv", "pwritev", "copy_file_range", "ftruncate", "fallocate", "fsync", "fdatasync", "fadvise64"});
    filter.allow({"sync_file_range", "stat", "lstat", "fstat", "newfstatat", "statx", "statfs", "fstatfs", "access"});
    filter.allow({"faccessat", "faccessat2", "readlink", "readlinkat", "getdents64", "getcwd", "umask", "ioctl"});
    filter.allow({"mkdir", "mkdirat", "link", "linkat", "unlink", "unlinkat", "rename", "renameat", "renameat2"});
    filter.allow({"chown", "fchown", "fchmod", "flistxattr", "fgetxattr", "fsetxattr", "memfd_create", "fcntl"});
    filter.allow({"flock", "dup", "dup2", "dup3", "pipe", "pipe2", "poll", "ppoll", "select", "pselect6"});
}

// And time, and what a C library asks for.
void allow_memory(SystemCallFilter& filter) {
    filter.allow({"brk", "munmap", "mremap", "madvise", "mlock", "mlock2", "munlock", "mlockall", "munlockall"});
    filter.allow({"mincore", "futex", "set_robust_list", "rseq", "set_tid_address", "gettid", "getpid", "getppid"});
    filter.allow({"getuid", "geteuid", "getgid", "getegid", "getresuid", "getresgid", "getrlimit", "prlimit64"});
    filter.allow({"getrusage", "getpriority", "setpriority", "sched_yield", "sched_getaffinity", "sysinfo", "uname"});
    filter.allow({"getrandom", "clock_gettime", "clock_getres", "clock_nanosleep", "nanosleep", "gettimeofday"});
    filter.allow({"times", "setitimer", "getitimer", "rt_sigaction", "rt_sigprocmask", "rt_sigreturn"});
    filter.allow({"rt_sigtimedwait", "restart_syscall", "exit", "exit_group"});
}

// Argon2 has threads. No other process, and no code that was not there at the start.
void allow_threads(SystemCallFilter& filter) {
    filter.allow("clone", {ArgumentIs::WithBits, 0, CLONE_THREAD});
    filter.pretend_absent("clone3"); // whose flags a filter cannot see
    filter.allow("mmap", {ArgumentIs::WithoutBits, 2, PROT_EXEC});
    filter.allow("mprotect", {ArgumentIs::WithoutBits, 2, PROT_EXEC});
}

void allow_qemu_img(SystemCallFilter& filter) {
    filter.allow({"mmap", "mprotect", "clone", "clone3", "fork", "vfork", "execve", "wait4", "waitid", "kill"});
    filter.allow({"tgkill", "prctl", "arch_prctl", "close_range", "sigaltstack", "eventfd2", "signalfd4"});
    filter.allow({"timerfd_create", "timerfd_settime", "epoll_create1", "epoll_ctl", "epoll_wait", "epoll_pwait"});
    filter.allow({"epoll_pwait2", "io_setup", "io_submit", "io_getevents", "io_destroy", "sched_setaffinity"});
    filter.allow({"sched_getparam", "sched_getscheduler"});
}

// libcryptsetup hands the volume key over in a key of its thread, and takes that back.
void allow_device_mapper(SystemCallFilter& filter) {
    filter.allow({"semget", "semop", "semtimedop", "semctl", "add_key", "request_key"});
    filter.allow("keyctl", {ArgumentIs::Equal, 0, KEYCTL_REVOKE});
    filter.allow("keyctl", {ArgumentIs::Equal, 0, KEYCTL_UNLINK});
}

// Agents find the job, and come to its socket.
void allow_agents(SystemCallFilter& filter) {
    filter.allow({"bind", "listen", "accept4", "chmod", "fchmodat"});
    filter.allow("socket", {ArgumentIs::Equal, 0, AF_UNIX});
}

} // namespace

void confine_worker() {
    protect_memory();
    leave_keyrings();
    close_process();
    limit_process(RLIMIT_DATA, kMaxMemory);
}

void give_up_rights(WorkerNeeds needs) {
    // Images belong to whoever runs the guests, and copies of them are given to the same.
    if (needs == WorkerNeeds::DeviceMapper || needs == WorkerNeeds::OnlineJob)
        keep_capabilities({CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH, CAP_SYS_ADMIN});
    else
        keep_capabilities({CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH, CAP_CHOWN, CAP_FOWNER, CAP_FSETID});
}

void filter_worker_calls(WorkerNeeds needs) {
    SystemCallFilter filter;
    allow_files(filter);
    allow_memory(filter);
    if (needs == WorkerNeeds::QemuImg)
        allow_qemu_img(filter);
    else
        allow_threads(filter);
    if (needs == WorkerNeeds::DeviceMapper || needs == WorkerNeeds::OnlineJob)
        allow_device_mapper(filter);
    if (needs == WorkerNeeds::OnlineJob)
        allow_agents(filter);
    filter.load();
}

} // namespace guestkeyd
