// SPDX-License-Identifier: LGPL-2.1-or-later
// Every operation of the hook but "prepare": it may tell the agent, must not say a word, and always succeeds.
#include "mute_bus.h"
#include "stand_in_agent.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

namespace guestkeyd::test {
namespace {

void expect_silent_success(const ProgramResult& result) {
    EXPECT_EQ(result.status, 0);
    EXPECT_EQ(result.output, "");
    EXPECT_EQ(result.errors, "");
}

class HookNotice : public testing::TestWithParam<const char*> {};

TEST_P(HookNotice, ReachesTheAgentWithoutWaitingForItsAnswer) {
    const PrivateBus bus;
    StandInAgent agent(bus, StandInAgent::Manner::Hangs);
    expect_silent_success(run_hook(bus.address(), GetParam(), xml_with_secret(), "from snapshot"));
    const auto call = agent.next();
    EXPECT_EQ(call.guest, kHookGuest);
    EXPECT_EQ(call.operation, GetParam());
    EXPECT_EQ(call.sub_operation, "begin");
    EXPECT_EQ(call.extra, "from snapshot");
    EXPECT_EQ(call.domain_xml, xml_with_secret());
    EXPECT_TRUE(call.sealed);
    EXPECT_FALSE(call.reply_expected);
    EXPECT_TRUE(call.sender_known);
}

TEST_P(HookNotice, SucceedsInSilenceWithoutAgent) {
    const PrivateBus bus;
    expect_silent_success(run_hook(bus.address(), GetParam(), xml_with_secret()));
}

TEST_P(HookNotice, SucceedsInSilenceWithoutBus) {
    expect_silent_success(run_hook("unix:path=/nonexistent/bus", GetParam(), xml_with_secret()));
    expect_silent_success(run_hook("no address", GetParam(), xml_with_secret()));
}

TEST_P(HookNotice, SucceedsInSilenceWithBadXml) {
    const PrivateBus bus;
    expect_silent_success(run_hook(bus.address(), GetParam(), ""));
    expect_silent_success(run_hook(bus.address(), GetParam(), "<domain>"));
    expect_silent_success(run_hook(bus.address(), GetParam(), std::string(10'000'000, 'x')));
}

INSTANTIATE_TEST_SUITE_P(Operations, HookNotice,
                         testing::Values("start", "started", "stopped", "release", "migrate", "restore", "reconnect",
                                         "attach", "some-later-operation"));

TEST(HookNotices, GarbageArgumentsAreNoTrouble) {
    const PrivateBus bus;
    const StandInAgent agent(bus, StandInAgent::Manner::Accepts);
    expect_silent_success(run_hook(bus.address(), "\xff", xml_with_secret()));
    expect_silent_success(run_hook(bus.address(), "", xml_with_secret()));
    expect_silent_success(run_hook(bus.address(), "release", xml_with_secret(), std::string(100'000, 'x')));
    expect_silent_success(run_program(QEMU_HOOK, {"web", "release"}, {}, xml_with_secret()));
}

TEST(HookNotices, DoNotWaitForEver) {
    const PrivateBus bus;
    const StandInAgent agent(bus, StandInAgent::Manner::Frozen);
    expect_silent_success(run_hook(bus.address(), "release", xml_with_secret()));
    expect_silent_success(run_hook(MuteBus().address(), "release", xml_with_secret()));
    int ends[2];
    ASSERT_EQ(pipe2(ends, O_CLOEXEC), 0);
    const UniqueFd input(ends[0]);
    const UniqueFd never_closed(ends[1]);
    expect_silent_success(run_program(QEMU_HOOK, {"web", "release", "end", "-"}, {}, input));
}

TEST(HookNotices, TheirOrderIsKept) {
    const PrivateBus bus;
    StandInAgent agent(bus, StandInAgent::Manner::Accepts);
    for (int i = 0; i < 20; ++i)
        expect_silent_success(run_hook(bus.address(), "release", xml_with_secret(), std::to_string(i)));
    for (int i = 0; i < 20; ++i)
        EXPECT_EQ(agent.next().extra, std::to_string(i));
}

} // namespace
} // namespace guestkeyd::test
