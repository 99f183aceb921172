// SPDX-License-Identifier: LGPL-2.1-or-later
#include "support/acting_as.h"

#include "base/error.h"

#include <cerrno>
#include <cstdlib>
#include <grp.h>
#include <pwd.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace guestkeyd::test {

namespace {

constexpr auto kUnchanged = static_cast<uid_t>(-1);

// The plain system calls: setresuid(3) and its like change all threads of the process.
bool set_ids(uid_t uid, gid_t gid) {
    return syscall(SYS_setgroups, std::size_t{1}, &gid) == 0 &&
           syscall(SYS_setresgid, kUnchanged, gid, kUnchanged) == 0 &&
           syscall(SYS_setresuid, kUnchanged, uid, kUnchanged) == 0;
}

} // namespace

ActingAs::ActingAs(const std::string& user) {
    const auto* entry = getpwnam(user.c_str()); // NOLINT(concurrency-mt-unsafe): only tests' main threads act as others
    if (!entry)
        throw Failure(ErrorCode::InvalidArgs, "this machine has no user " + user);
    if (!set_ids(entry->pw_uid, entry->pw_gid))
        throw_errno(errno, "act as " + user);
}

// A test that went on under a wrong uid would tell lies.
ActingAs::~ActingAs() {
    if (syscall(SYS_setresuid, kUnchanged, 0, kUnchanged) != 0 || !set_ids(0, 0))
        std::abort();
}

RealUid::RealUid(uid_t uid) : before_(getuid()) {
    if (syscall(SYS_setresuid, uid, kUnchanged, kUnchanged) != 0)
        throw_errno(errno, "change the real uid to " + std::to_string(uid));
}

RealUid::~RealUid() {
    if (syscall(SYS_setresuid, before_, kUnchanged, kUnchanged) != 0)
        std::abort();
}

} // namespace guestkeyd::test
