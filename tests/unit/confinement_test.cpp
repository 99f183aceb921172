// SPDX-License-Identifier: LGPL-2.1-or-later
// What a process can still do once it is confined; each case in a child of its own.
#include "domainxml/confinement.h"

#include <cerrno>
#include <fcntl.h>
#include <functional>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

namespace guestkeyd::test {
namespace {

// Whether attempt returns true in a confined child process.
bool confined(const std::function<bool()>& attempt) {
    const pid_t child = fork();
    if (child == 0) {
        confine_this_process();
        _exit(attempt() ? 0 : 1);
    }
    int status = -1;
    waitpid(child, &status, 0);
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

bool forbidden(long result) {
    return result == -1 && errno == EPERM;
}

TEST(Confinement, LeavesTheStandardStreams) {
    EXPECT_TRUE(confined([] { return write(STDOUT_FILENO, "", 0) == 0 && write(STDERR_FILENO, "", 0) == 0; }));
    EXPECT_TRUE(confined([] { return forbidden(write(3, "", 0)); }));
    EXPECT_TRUE(confined([] { return forbidden(read(STDOUT_FILENO, nullptr, 0)); }));
}

TEST(Confinement, OpensNothing) {
    EXPECT_TRUE(confined([] { return forbidden(open("/dev/null", O_RDONLY | O_CLOEXEC)); }));
    EXPECT_TRUE(confined([] { return forbidden(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)); }));
    EXPECT_TRUE(confined([] { return forbidden(memfd_create("x", MFD_CLOEXEC)); }));
}

TEST(Confinement, RunsNoOtherCode) {
    EXPECT_TRUE(confined([] { return forbidden(fork()); }));
    EXPECT_TRUE(confined([] { return forbidden(execl("/bin/true", "true", nullptr)); }));
    EXPECT_TRUE(confined(
        [] { return mmap(nullptr, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED; }));
}

TEST(Confinement, CannotBeLifted) {
    const rlimit more{1 << 20, 1 << 20};
    EXPECT_TRUE(confined([&more] { return forbidden(setrlimit(RLIMIT_NOFILE, &more)); }));
    EXPECT_TRUE(confined([] { return forbidden(prctl(PR_SET_DUMPABLE, 1)); }));
}

} // namespace
} // namespace guestkeyd::test
