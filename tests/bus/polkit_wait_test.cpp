// SPDX-License-Identifier: LGPL-2.1-or-later
#include "polkit_fixture.h"

namespace guestkeyd::test {

namespace {

class PolkitWait : public PolkitTest {};

TEST_F(PolkitWait, DeniesWhenItVanishesWhileItIsAsked) {
    polkit->answer(PolkitAnswer::Hang);
    const auto pending = nobody_attaches(pipe_with("one\ntwo\n")).start();
    ASSERT_TRUE(wait_for_hanging(1));
    polkit.reset();
    EXPECT_EQ(short_name(pending.wait()), "AccessDenied");
    EXPECT_EQ(manager_property(root, "KeyCount"), "0");
}

TEST_F(PolkitWait, DoesNotHoldUpOthersWhileItHangs) {
    polkit->answer(PolkitAnswer::Hang);
    const auto pending = nobody_attaches(pipe_with("one\ntwo\n")).start();
    ASSERT_TRUE(wait_for_hanging(1));
    attach(other_guest, {volume});
    EXPECT_EQ(manager_property(root, "KeyCount"), "1");
    EXPECT_FALSE(pending.answered());
    polkit->release(PolkitAnswer::Allow);
    EXPECT_TRUE(pending.wait().ok());
    EXPECT_EQ(manager_property(root, "KeyCount"), "3");
}

TEST_F(PolkitWait, LooksOnceMoreAtTheStateOfThenWhenItHasSaidYes) {
    attach(guest, {volume});
    polkit->answer(PolkitAnswer::Hang);
    const auto pending = purge_guest(nobody, guest).start();
    ASSERT_TRUE(wait_for_hanging(1));
    EXPECT_TRUE(purge_guest(root, guest).answer().ok());
    polkit->release(PolkitAnswer::Allow);
    EXPECT_EQ(pending.wait().error, "org.guestkeyd1.Error.NoSuchGuest");
}

TEST_F(PolkitWait, CheckIsWithdrawnWhenTheCallerLeaves) {
    polkit->answer(PolkitAnswer::Hang);
    auto leaver = Connection::as("nobody", bus.address());
    attach_keys(leaver, {guest, {{volume, {}}}, {}, false}, pipe_with("one\n")).interactive().send_without_reply();
    ASSERT_TRUE(wait_for_hanging(1));
    const auto id = only_check().cancellation_id;
    leaver.close();
    EXPECT_TRUE(wait_until([this] { return !polkit->cancelled().empty(); }));
    EXPECT_EQ(polkit->cancelled(), std::vector<std::string>{id});
    EXPECT_TRUE(agent.running());
    EXPECT_EQ(manager_property(root, "KeyCount"), "0");
}

class PolkitLimits : public PolkitTest {
  protected:
    PolkitLimits() : PolkitTest(AgentOptions{.limits = {{"PolkitTimeoutSec", "1"}, {"PolkitCallsPerCaller", "3"}}}) {}
};

TEST_F(PolkitLimits, DenyACheckThatTakesTooLong) {
    polkit->answer(PolkitAnswer::Hang);
    const auto answer = nobody_attaches(pipe_with("one\ntwo\n")).answer();
    EXPECT_EQ(short_name(answer), "AccessDenied") << answer;
    EXPECT_TRUE(wait_until([this] { return polkit->cancelled().size() == 1; }));
    EXPECT_EQ(manager_property(root, "KeyCount"), "0");
}

class PolkitCalls : public PolkitTest {
  protected:
    PolkitCalls() : PolkitTest(AgentOptions{.limits = {{"PolkitCallsPerCaller", "3"}}}) {}
};

TEST_F(PolkitCalls, PerCallerAreLimited) {
    polkit->answer(PolkitAnswer::Hang);
    std::vector<Pending> waiting;
    waiting.reserve(3);
    for (int i = 0; i < 3; ++i)
        waiting.push_back(purge_all(nobody).start());
    ASSERT_TRUE(wait_for_hanging(3));
    EXPECT_EQ(short_name(purge_all(nobody).answer()), "LimitsExceeded");
    const auto neighbour = Connection::as("daemon", bus.address());
    const auto not_his_fault = purge_all(neighbour).start();
    ASSERT_TRUE(wait_for_hanging(4));
    polkit->release(PolkitAnswer::Allow);
    for (const auto& each : waiting)
        EXPECT_TRUE(each.wait().ok());
    EXPECT_TRUE(not_his_fault.wait().ok());
    polkit->answer(PolkitAnswer::Allow);
    EXPECT_TRUE(purge_all(nobody).answer().ok());
}

} // namespace

} // namespace guestkeyd::test
