// SPDX-License-Identifier: LGPL-2.1-or-later
// What a volume worker can still do once it is confined; each case in a child of its own.
#include "luks/worker_confinement.h"

#include "luks/agent_socket.h"
#include "luks/work_limit.h"
#include "support/temp_dir.h"

#include <cerrno>
#include <cstdlib>
#include <fcntl.h>
#include <functional>
#include <gtest/gtest.h>
#include <linux/capability.h>
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

bool confined(WorkerNeeds needs, const std::function<bool()>& attempt) {
    return status_of([&] {
               confine_worker();
               give_up_rights(needs);
               filter_worker_calls(needs);
               return attempt();
           }) == 0;
}

bool forbidden(long result) {
    return result == -1 && errno == EPERM;
}

bool forbidden_keyring_calls() {
    return forbidden(syscall(SYS_keyctl, KEYCTL_GET_KEYRING_ID, KEY_SPEC_SESSION_KEYRING, 0)) &&
           forbidden(syscall(SYS_keyctl, KEYCTL_READ, KEY_SPEC_SESSION_KEYRING, nullptr, 0)) &&
           forbidden(syscall(SYS_keyctl, KEYCTL_LINK, KEY_SPEC_USER_KEYRING, KEY_SPEC_SESSION_KEYRING));
}

class EveryConfinedWorker : public testing::TestWithParam<WorkerNeeds> {};

TEST_P(EveryConfinedWorker, HasNoNetwork) {
    for (const int family : {AF_INET, AF_INET6, AF_UNIX, AF_NETLINK, AF_PACKET, AF_ALG})
        EXPECT_TRUE(confined(GetParam(), [&] { return forbidden(socket(family, SOCK_DGRAM | SOCK_CLOEXEC, 0)); }));
}

TEST_P(EveryConfinedWorker, ReadsAndLinksNoKeys) {
    EXPECT_TRUE(confined(GetParam(), forbidden_keyring_calls));
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
        const bool written = fd >= 0 && pwrite(fd, "x", 1, 0) == 1 && fsync(fd) == 0;
        // Copies of images get the owner of the image; mappings get none.
        return written && (fchown(fd, 1, 1) == 0) == (GetParam() != WorkerNeeds::DeviceMapper);
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

INSTANTIATE_TEST_SUITE_P(Alone, EveryConfinedWorker, testing::Values(WorkerNeeds::Nothing));
INSTANTIATE_TEST_SUITE_P(WithQemuImg, EveryConfinedWorker, testing::Values(WorkerNeeds::QemuImg));
INSTANTIATE_TEST_SUITE_P(WithDeviceMapper, EveryConfinedWorker, testing::Values(WorkerNeeds::DeviceMapper));

bool has_system_administration() {
    __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
    __user_cap_data_struct data[2]{};
    return syscall(SYS_capget, &header, data) == 0 && (data[0].effective & (1U << CAP_SYS_ADMIN)) != 0;
}

TEST(ConfinedWorker, HasNoKeyringsWithoutDeviceMapper) {
    for (const auto needs : {WorkerNeeds::Nothing, WorkerNeeds::QemuImg})
        EXPECT_TRUE(confined(needs, [] {
            return forbidden(syscall(SYS_request_key, "user", "x", nullptr, 0)) &&
                   forbidden(syscall(SYS_add_key, "user", "x", "y", 1, KEY_SPEC_PROCESS_KEYRING));
        }));
}

TEST(ConfinedWorker, WithDeviceMapperHandsAKeyOverInItsThread) {
    EXPECT_TRUE(confined(WorkerNeeds::DeviceMapper, [] {
        return syscall(SYS_add_key, "logon", "guestkeyd:test", "y", 1, KEY_SPEC_THREAD_KEYRING) > 0;
    }));
}

TEST(ConfinedWorker, WithAnOnlineJobListensToAgentsAndHasNoOtherNetwork) {
    const TempDir dir;
    EXPECT_TRUE(confined(WorkerNeeds::OnlineJob, [&dir] {
        const AgentSocket socket(dir / "online", "254:0", {0, 1, "/dev/vg/web"});
        return !socket.accept() && find_online_jobs(dir / "online").size() == 1 &&
               forbidden(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)) &&
               forbidden(::socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC, 0));
    }));
    EXPECT_TRUE(find_online_jobs(dir / "online").empty());
}

// The capabilities are looked at before the filter forbids that as well.
TEST(ConfinedWorker, AdministersTheSystemForDeviceMapperAlone) {
    ASSERT_TRUE(has_system_administration()) << "run as root";
    EXPECT_EQ(status_of([] {
                  give_up_rights(WorkerNeeds::DeviceMapper);
                  return has_system_administration();
              }),
              0);
    for (const auto needs : {WorkerNeeds::Nothing, WorkerNeeds::QemuImg})
        EXPECT_EQ(status_of([needs] {
                      give_up_rights(needs);
                      return !has_system_administration();
                  }),
                  0);
}

TEST(ConfinedWorker, WithoutQemuImgRunsNothingElse) {
    EXPECT_TRUE(confined(WorkerNeeds::Nothing, [] { return forbidden(fork()); }));
    EXPECT_TRUE(confined(WorkerNeeds::Nothing, [] { return forbidden(execl("/bin/true", "true", nullptr)); }));
    EXPECT_TRUE(confined(WorkerNeeds::Nothing, [] {
        return mmap(nullptr, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED;
    }));
    EXPECT_TRUE(confined(WorkerNeeds::Nothing, [] {
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
