// SPDX-License-Identifier: LGPL-2.1-or-later
// What a volume worker can still do once it is confined; each case in a child of its own.
#include "luks/worker_confinement.h"

#include "luks/work_limit.h"
#include "support/temp_dir.h"

#include <cerrno>
#include <cstdlib>
#include <fcntl.h>
#include <functional>
#include <gtest/gtest.h>
#include <linux/keyctl.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <thread>
#include <unistd.h>

namespace guestkeyd::test {
namespace {

int status_of(const std::function<bool()>& attempt) {
    const pid_t child = fork();
    if (child == 0)
        _exit(attempt() ? 0 : 1);
    int status = -1;
    waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

bool confined(Programs programs, const std::function<bool()>& attempt) {
    return status_of([&] {
               confine_worker();
               filter_worker_calls(programs);
               return attempt();
           }) == 0;
}

bool forbidden(long result) {
    return result == -1 && errno == EPERM;
}

class EveryConfinedWorker : public testing::TestWithParam<Programs> {};

TEST_P(EveryConfinedWorker, HasNoNetwork) {
    for (const int family : {AF_INET, AF_INET6, AF_UNIX, AF_NETLINK, AF_PACKET, AF_ALG})
        EXPECT_TRUE(confined(GetParam(), [&] { return forbidden(socket(family, SOCK_DGRAM | SOCK_CLOEXEC, 0)); }));
}

TEST_P(EveryConfinedWorker, HasNoKeyrings) {
    EXPECT_TRUE(confined(GetParam(), [] {
        return forbidden(syscall(SYS_keyctl, KEYCTL_GET_KEYRING_ID, KEY_SPEC_SESSION_KEYRING, 0)) &&
               forbidden(syscall(SYS_request_key, "user", "x", nullptr, 0)) &&
               forbidden(syscall(SYS_add_key, "user", "x", "y", 1, KEY_SPEC_PROCESS_KEYRING));
    }));
}

TEST_P(EveryConfinedWorker, DoesNotLookIntoOtherProcesses) {
    EXPECT_TRUE(confined(GetParam(), [] {
        iovec none{};
        return forbidden(ptrace(PTRACE_ATTACH, getppid(), nullptr, nullptr)) &&
               forbidden(process_vm_readv(getppid(), &none, 1, &none, 1, 0));
    }));
}

TEST_P(EveryConfinedWorker, WorksOnFiles) {
    const TempDir dir;
    EXPECT_TRUE(confined(GetParam(), [&dir] {
        const int fd = open((dir / "file").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
        return fd >= 0 && pwrite(fd, "x", 1, 0) == 1 && fsync(fd) == 0 && fchown(fd, 1, 1) == 0;
    }));
}

TEST_P(EveryConfinedWorker, HasBoundedMemory) {
    constexpr std::size_t kTooMuch = std::size_t{2} * 1024 * 1024 * 1024;
    EXPECT_TRUE(confined(GetParam(), [] { return std::malloc(kTooMuch) == nullptr; }));
}

TEST_P(EveryConfinedWorker, CanMountAndMapNothing) {
    EXPECT_TRUE(confined(GetParam(), [] {
        return forbidden(syscall(SYS_mount, "none", "/mnt", "tmpfs", 0, nullptr)) &&
               forbidden(syscall(SYS_setns, 0, 0)) && forbidden(syscall(SYS_unshare, 0));
    }));
}

INSTANTIATE_TEST_SUITE_P(Alone, EveryConfinedWorker, testing::Values(Programs::None));
INSTANTIATE_TEST_SUITE_P(WithQemuImg, EveryConfinedWorker, testing::Values(Programs::QemuImg));

TEST(ConfinedWorker, WithoutQemuImgRunsNothingElse) {
    EXPECT_TRUE(confined(Programs::None, [] { return forbidden(fork()); }));
    EXPECT_TRUE(confined(Programs::None, [] { return forbidden(execl("/bin/true", "true", nullptr)); }));
    EXPECT_TRUE(confined(Programs::None, [] {
        return mmap(nullptr, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED;
    }));
    EXPECT_TRUE(confined(Programs::None, [] {
        bool ran = false;
        std::thread([&ran] { ran = true; }).join();
        return ran;
    }));
}

TEST(ConfinedWorker, HasASessionKeyringOfItsOwn) {
    EXPECT_EQ(status_of([] {
                  const auto session = [] {
                      return syscall(SYS_keyctl, KEYCTL_GET_KEYRING_ID, KEY_SPEC_SESSION_KEYRING, 0);
                  };
                  const auto before = session();
                  confine_worker();
                  return session() != before;
              }),
              0);
}

TEST(WorkLimit, EndsTheJobWithAReport) {
    const TempDir dir;
    const int status = status_of([&dir] {
        const int output = open((dir / "output").c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
        dup2(output, STDOUT_FILENO);
        const WorkLimit limit(std::chrono::seconds(1));
        while (getppid() > 0) // works, and never sleeps
            ;
        return true;
    });
    EXPECT_EQ(status, 1);
    const auto report = read_file(dir / "output");
    EXPECT_TRUE(report.starts_with("failed org.guestkeyd1.Error.Unsupported unknown ")) << report;
}

} // namespace
} // namespace guestkeyd::test
