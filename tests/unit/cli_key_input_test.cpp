// SPDX-License-Identifier: LGPL-2.1-or-later
#include "base/error.h"
#include "base/unique_fd.h"
#include "cli/key_input.h"
#include "cli/key_lines.h"
#include "guestkeyd/key_fd.h"

#include <cerrno>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <string>
#include <sys/mman.h>
#include <thread>
#include <unistd.h>

namespace guestkeyd::cli {

namespace {

// "keys" as it would come through a pipe.
SecretBuffer through_a_pipe(const std::string& keys) {
    int ends[2];
    EXPECT_EQ(pipe2(ends, O_CLOEXEC), 0);
    const UniqueFd read_end(ends[0]);
    std::thread writer([&keys, write_end = UniqueFd(ends[1])] {
        std::size_t at = 0;
        while (at < keys.size()) {
            const auto written = write(write_end.get(), keys.data() + at, keys.size() - at);
            if (written < 0)
                return;
            at += static_cast<std::size_t>(written);
        }
    });
    auto content = read_to_end(read_end.get(), "a pipe");
    writer.join();
    return content;
}

std::string complaint_about(const std::string& keys, std::size_t volumes) {
    try {
        as_key_lines(SecretBuffer::copy_of(keys), volumes, "key file 'k'");
        return "";
    } catch (const Failure& failure) {
        EXPECT_EQ(failure.code(), ErrorCode::InvalidArgs);
        return failure.message();
    }
}

} // namespace

TEST(KeyInput, ReadsAPipeToItsEnd) {
    const std::string keys(100'000, 'k');
    EXPECT_EQ(through_a_pipe(keys).view(), keys);
}

TEST(KeyInput, RefusesWhatIsFarTooLong) {
    const UniqueFd zeros(open("/dev/zero", O_RDONLY | O_CLOEXEC));
    try {
        read_to_end(zeros.get(), "key file '/dev/zero'");
        FAIL() << "read /dev/zero to its end";
    } catch (const Failure& failure) {
        EXPECT_EQ(failure.code(), ErrorCode::LimitsExceeded);
        EXPECT_NE(failure.message().find("/dev/zero"), std::string::npos);
    }
}

TEST(KeyInput, EveryKeyEndsItsLine) {
    EXPECT_EQ(as_key_lines(SecretBuffer::copy_of("one\ntwo"), 2, "k").view(), "one\ntwo\n");
    EXPECT_EQ(as_key_lines(SecretBuffer::copy_of("one\ntwo\n"), 2, "k").view(), "one\ntwo\n");
    EXPECT_EQ(as_key_lines(SecretBuffer::copy_of(" spaces stay "), 1, "k").view(), " spaces stay \n");
}

TEST(KeyInput, EveryVolumeNeedsAKey) {
    EXPECT_EQ(complaint_about("one\n", 2), "key file 'k' has 1 line for 2 keys; give one key a line, in their order");
    EXPECT_EQ(complaint_about("one\ntwo\nthree", 2),
              "key file 'k' has 3 lines for 2 keys; give one key a line, in their order");
    EXPECT_EQ(complaint_about("", 1), "key file 'k' has 0 lines for 1 key; give one key a line, in their order");
    EXPECT_EQ(complaint_about("one\n\n", 2), "line 2 of key file 'k' is empty; give one key a line, in their order");
}

TEST(KeyInput, BinaryKeysAreRefusedWithoutShowingThem) {
    const auto complaint = complaint_about(std::string("canary\0key", 10), 1);
    EXPECT_EQ(complaint, "line 1 of key file 'k' contains a NUL byte, which no key may; encode binary keys as base64 "
                         "or hex");
}

TEST(KeyInput, AMissingFileIsNamed) {
    try {
        read_keys("/nonexistent/web.keys", {"key of volume web"});
        FAIL() << "read a file that is not there";
    } catch (const Failure& failure) {
        EXPECT_EQ(failure.code(), ErrorCode::InvalidArgs);
        EXPECT_NE(failure.message().find("'/nonexistent/web.keys'"), std::string::npos);
    }
}

TEST(KeyFd, NobodyCanChangeItAnyMore) {
    const auto fd = key_fd(SecretBuffer::copy_of("key\n"));
    EXPECT_EQ(fcntl(fd.get(), F_GET_SEALS), F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL);
    EXPECT_EQ(pwrite(fd.get(), "x", 1, 0), -1);
    EXPECT_EQ(errno, EPERM);
}

TEST(KeyFd, IsReadFromItsBeginningAndClosedOnExec) {
    const auto fd = key_fd(SecretBuffer::copy_of("key\n"));
    EXPECT_EQ(read_to_end(fd.get(), "a memfd").view(), "key\n");
    EXPECT_EQ(fcntl(fd.get(), F_GETFD), FD_CLOEXEC);
}

} // namespace guestkeyd::cli
