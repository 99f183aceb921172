// SPDX-License-Identifier: LGPL-2.1-or-later
#include "loop/event_loop.h"
#include "loop/fd_reader.h"

#include <cstring>
#include <fcntl.h>
#include <functional>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <vector>

namespace guestkeyd {
namespace {

using namespace std::chrono_literals;

class ADescriptor : public testing::Test {
  protected:
    FdContent read(UniqueFd fd, std::chrono::microseconds deadline = 10s, std::size_t most = 64) {
        EventLoop loop;
        FdContent result;
        FdReader reader(loop, std::move(fd), {most, deadline}, [&](const FdReader*, FdContent content) {
            result = std::move(content);
            loop.exit(0);
        });
        reader.start();
        for (auto& task : while_it_waits_)
            loop.post(std::move(task));
        loop.run();
        return result;
    }
    static std::pair<UniqueFd, UniqueFd> make_pipe() {
        int ends[2];
        EXPECT_EQ(pipe2(ends, O_CLOEXEC), 0);
        return {UniqueFd(ends[0]), UniqueFd(ends[1])};
    }
    static void put(const UniqueFd& fd, std::string_view text) {
        EXPECT_EQ(write(fd.get(), text.data(), text.size()), static_cast<ssize_t>(text.size()));
    }
    static UniqueFd memfd(std::string_view text, int seals) {
        UniqueFd fd(memfd_create("test", MFD_CLOEXEC | MFD_ALLOW_SEALING));
        put(fd, text);
        EXPECT_EQ(fcntl(fd.get(), F_ADD_SEALS, seals), 0);
        return fd;
    }
    static void expect_refused(const FdContent& content, ErrorCode code) {
        ASSERT_TRUE(content.failure);
        EXPECT_EQ(content.failure->code(), code) << content.failure->message();
        EXPECT_EQ(content.bytes.size(), 0U);
    }

    std::vector<std::function<void()>> while_it_waits_;
};

TEST_F(ADescriptor, ThatIsAPipeIsReadToItsEnd) {
    auto [read_end, write_end] = make_pipe();
    put(write_end, "first\n");
    while_it_waits_ = {[&] { put(write_end, "second\n"); }, [&] { write_end.reset(); }};
    const auto content = read(std::move(read_end));
    ASSERT_FALSE(content.failure) << content.failure->message();
    EXPECT_EQ(content.bytes.view(), "first\nsecond\n");
}

TEST_F(ADescriptor, ThatIsASealedMemfdIsRead) {
    const auto content = read(memfd("key\n", F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK));
    ASSERT_FALSE(content.failure);
    EXPECT_EQ(content.bytes.view(), "key\n");
}

TEST_F(ADescriptor, ThatIsASecretMemfdIsRead) {
    UniqueFd fd(static_cast<int>(syscall(SYS_memfd_secret, O_CLOEXEC)));
    ASSERT_TRUE(fd) << "this kernel has no memfd_secret(2): boot it with secretmem.enable=1";
    ASSERT_EQ(ftruncate(fd.get(), 4096), 0);
    void* memory = mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd.get(), 0);
    ASSERT_NE(memory, MAP_FAILED);
    std::memcpy(memory, "secret\n", 7);
    munmap(memory, 4096);
    const auto content = read(std::move(fd), 10s, 4096);
    ASSERT_FALSE(content.failure) << content.failure->message();
    EXPECT_EQ(content.bytes.view(), "secret\n");
}

TEST_F(ADescriptor, ThatCouldChangeOrStallIsRefused) {
    expect_refused(read(memfd("key\n", F_SEAL_WRITE)), ErrorCode::InvalidArgs);
    expect_refused(read(UniqueFd(open("/", O_RDONLY | O_CLOEXEC))), ErrorCode::InvalidArgs);
    expect_refused(read(UniqueFd(open("/proc/self/exe", O_RDONLY | O_CLOEXEC))), ErrorCode::InvalidArgs);
    int pair[2];
    ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
    const UniqueFd other(pair[1]);
    expect_refused(read(UniqueFd(pair[0])), ErrorCode::InvalidArgs);
    auto [read_end, write_end] = make_pipe();
    expect_refused(read(std::move(write_end)), ErrorCode::InvalidArgs);
}

TEST_F(ADescriptor, ThatHoldsTooMuchIsRefused) {
    expect_refused(read(memfd(std::string(65, 'k'), F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK)),
                   ErrorCode::LimitsExceeded);
    auto [read_end, write_end] = make_pipe();
    put(write_end, std::string(5000, 'k'));
    expect_refused(read(std::move(read_end)), ErrorCode::LimitsExceeded);
}

TEST_F(ADescriptor, ThatIsNeverClosedIsRefusedInTheEnd) {
    auto [read_end, write_end] = make_pipe();
    put(write_end, "key\n");
    expect_refused(read(std::move(read_end), 10ms), ErrorCode::InvalidArgs);
}

TEST_F(ADescriptor, WhoseSenderReadsItTooNeverMakesTheReaderWait) {
    auto [read_end, write_end] = make_pipe();
    auto thief = UniqueFd::duplicate(read_end.get());
    put(write_end, "stolen");
    char taken[6];
    ASSERT_EQ(::read(thief.get(), taken, sizeof taken), 6);
    expect_refused(read(std::move(read_end), 10ms), ErrorCode::InvalidArgs);
}

} // namespace
} // namespace guestkeyd
