// SPDX-License-Identifier: LGPL-2.1-or-later
#include "bus_test.h"

#include "base/error.h"

#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

namespace guestkeyd::test {

namespace {

UniqueFd opened(const char* file, int flags) {
    UniqueFd fd(open(file, flags | O_CLOEXEC, 0600));
    if (!fd)
        throw_errno(errno, std::string("open ") + file);
    return fd;
}

class BadFd : public BusTest {
  protected:
    using BusTest::BusTest;

    void TearDown() override {
        EXPECT_TRUE(agent.running());
        EXPECT_EQ(manager_property(root, "KeyCount"), "0");
        EXPECT_EQ(agent.keys().serials().size(), 0U);
    }
    [[nodiscard]] Call attach_one(const UniqueFd& keys) const {
        return attach_keys(root, {guest, {{volume, {}}}, {}, false}, keys);
    }
    void expect_refused(const UniqueFd& keys) const {
        const auto answer = attach_one(keys).answer();
        EXPECT_EQ(short_name(answer), "InvalidArgs") << answer;
        EXPECT_NE(answer.message, "");
    }
};

TEST_F(BadFd, Directory) {
    expect_refused(opened("/", O_RDONLY | O_DIRECTORY));
}

TEST_F(BadFd, RegularFile) {
    const TempDir dir;
    write_file(dir / "keys", "a key\n");
    expect_refused(opened((dir / "keys").c_str(), O_RDONLY));
}

TEST_F(BadFd, PathOnly) {
    expect_refused(opened("/etc/passwd", O_PATH));
}

TEST_F(BadFd, Device) {
    expect_refused(opened("/dev/zero", O_RDONLY));
    expect_refused(opened("/dev/null", O_RDONLY));
}

TEST_F(BadFd, Socket) {
    int ends[2];
    ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
    const UniqueFd ours(ends[0]);
    const UniqueFd theirs(ends[1]);
    expect_refused(theirs);
}

TEST_F(BadFd, Eventfd) {
    expect_refused(UniqueFd(eventfd(1, EFD_CLOEXEC)));
}

TEST_F(BadFd, MemfdThatIsNotSealed) {
    expect_refused(unsealed_memfd("a key\n"));
}

TEST_F(BadFd, MemfdThatCouldStillBeWritten) {
    const auto fd = unsealed_memfd("a key\n");
    ASSERT_EQ(fcntl(fd.get(), F_ADD_SEALS, F_SEAL_GROW | F_SEAL_SHRINK), 0);
    expect_refused(fd);
}

TEST_F(BadFd, MemfdThatIsEmpty) {
    expect_refused(sealed_memfd(""));
}

TEST_F(BadFd, MemfdThatIsHuge) {
    const auto fd = unsealed_memfd("");
    ASSERT_EQ(ftruncate(fd.get(), off_t{1} << 40), 0);
    ASSERT_EQ(fcntl(fd.get(), F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK), 0);
    EXPECT_EQ(short_name(attach_one(fd).answer()), "LimitsExceeded");
}

TEST_F(BadFd, PipeThatWasClosedEmpty) {
    expect_refused(pipe_with(""));
}

TEST_F(BadFd, WritingEndOfAPipe) {
    const auto pipe = make_pipe();
    expect_refused(pipe.writing);
}

TEST_F(BadFd, PipeThatIsWrittenToForEver) {
    auto pipe = make_pipe();
    ASSERT_EQ(fcntl(pipe.writing.get(), F_SETFL, O_NONBLOCK), 0);
    std::signal(SIGPIPE, SIG_IGN);
    const auto pending = attach_one(pipe.reading).start();
    pipe.reading.reset();
    const std::string flood(4096, 'k');
    ASSERT_TRUE(root.process_until([&] {
        (void)!write(pipe.writing.get(), flood.data(), flood.size());
        return pending.answered();
    }));
    EXPECT_EQ(short_name(pending.wait()), "LimitsExceeded");
}

class SlowFd : public BadFd {
  protected:
    SlowFd() : BadFd(AgentOptions{.limits = {{"KeyReadTimeoutSec", "1"}}}) {}
};

TEST_F(SlowFd, PipeThatIsNeverClosed) {
    const auto pipe = make_pipe();
    write_all(pipe.writing, "a key\n");
    expect_refused(pipe.reading);
}

// Each byte comes long before the deadline; the deadline is for all of them.
TEST_F(SlowFd, PipeThatDrips) {
    auto pipe = make_pipe();
    const auto pending = attach_one(pipe.reading).start();
    std::signal(SIGPIPE, SIG_IGN);
    ASSERT_TRUE(root.process_until([&] {
        (void)!write(pipe.writing.get(), "k", 1);
        return pending.answered();
    }));
    EXPECT_EQ(short_name(pending.wait()), "InvalidArgs");
}

TEST_F(SlowFd, PipeWhoseOwnerTurnsBlockingOnMeanwhile) {
    const auto pipe = make_pipe();
    const auto pending = attach_one(pipe.reading).start();
    ASSERT_TRUE(root.process_until([&] {
        fcntl(pipe.reading.get(), F_SETFL, 0);
        return pending.answered();
    }));
    EXPECT_EQ(short_name(pending.wait()), "InvalidArgs");
}

// Nothing here ends by itself: an agent that waited for one caller would not answer the other.
class EndlessFd : public BadFd {
  protected:
    EndlessFd() : BadFd(AgentOptions{.limits = {{"KeyReadTimeoutSec", "3600"}}}) {}
};

TEST_F(EndlessFd, DoesNotHoldUpOthers) {
    std::vector<Pipe> pipes;
    std::vector<Pending> waiting;
    for (int i = 0; i < 50; ++i) {
        pipes.push_back(make_pipe());
        waiting.push_back(attach_one(pipes.back().reading).start());
    }
    const Connection other(bus.address());
    const auto keys = sealed_memfd("a key\n");
    EXPECT_TRUE(attach_keys(other, {other_guest, {{volume, {}}}, {}, false}, keys).answer().ok());
    EXPECT_EQ(purge_guest(other, other_guest).answer().text, "1");
    for (const auto& each : waiting)
        EXPECT_FALSE(each.answered());
    pipes.clear();
    for (const auto& each : waiting)
        EXPECT_EQ(short_name(each.wait()), "InvalidArgs");
}

TEST_F(EndlessFd, OfACallerThatLeftIsNoTrouble) {
    const auto pipe = make_pipe();
    auto leaver = std::make_optional<Connection>(bus.address());
    attach_keys(*leaver, {guest, {{volume, {}}}, {}, false}, pipe.reading).send_without_reply();
    leaver.reset();
    EXPECT_TRUE(introspect(root, kManagerPath).answer().ok());
}

} // namespace

} // namespace guestkeyd::test
