// SPDX-License-Identifier: LGPL-2.1-or-later
#include "loop/child.h"

#include <fcntl.h>
#include <gtest/gtest.h>

namespace guestkeyd {
namespace {

using namespace std::chrono_literals;

ChildResult run(const std::string& program, const char* input, std::chrono::microseconds deadline = 20s) {
    EventLoop loop;
    ChildResult result;
    const UniqueFd fd(open(input, O_RDONLY | O_CLOEXEC));
    const Child child(loop, program, fd, deadline, [&](const Child*, ChildResult got) {
        result = std::move(got);
        loop.exit(0);
    });
    loop.run();
    return result;
}

TEST(AChild, GetsItsInputAndGivesItsOutput) {
    const auto result = run("/usr/bin/cat", "/proc/version");
    EXPECT_TRUE(result.succeeded);
    EXPECT_NE(result.output.find("Linux"), std::string::npos);
}

TEST(AChild, HasNoEnvironment) {
    setenv("GUESTKEYD_TEST_CANARY", "1", 1);
    EXPECT_EQ(run("/usr/bin/env", "/dev/null").output, "");
}

TEST(AChild, ThatFailsIsHeard) {
    const auto result = run("/usr/bin/sort", "/");
    EXPECT_FALSE(result.succeeded);
    EXPECT_NE(result.complaint.find("sort"), std::string::npos);
}

TEST(AChild, ThatNeverEndsIsKilledAtItsDeadline) {
    int ends[2];
    ASSERT_EQ(pipe2(ends, O_CLOEXEC), 0);
    const UniqueFd read_end(ends[0]);
    const UniqueFd write_end(ends[1]);
    EXPECT_FALSE(run("/usr/bin/cat", ("/proc/self/fd/" + std::to_string(read_end.get())).c_str(), 10ms).succeeded);
}

TEST(AProgramThatIsNotThere, IsNamed) {
    try {
        run("/nonexistent/program", "/dev/null");
        FAIL() << "was started";
    } catch (const Failure& failure) {
        EXPECT_NE(failure.message().find("/nonexistent/program"), std::string::npos);
    }
}

} // namespace
} // namespace guestkeyd
