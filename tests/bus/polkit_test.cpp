// SPDX-License-Identifier: LGPL-2.1-or-later
#include "bus_test.h"

namespace guestkeyd::test {

namespace {

class PolkitTest : public BusTest {
  protected:
    using BusTest::BusTest;

    [[nodiscard]] Call nobody_attaches(const UniqueFd& keys) const {
        return attach_keys(nobody, {guest, {{volume, {}}, {other_volume, {}}}, {}, false}, keys);
    }
    [[nodiscard]] PolkitCheck only_check() const {
        const auto checks = polkit->checks();
        EXPECT_EQ(checks.size(), 1U);
        return checks.empty() ? PolkitCheck{} : checks.front();
    }
    [[nodiscard]] bool wait_for_hanging(std::size_t count) const {
        return wait_until([&] { return polkit->hanging() == count; });
    }
};

class Polkit : public PolkitTest {};

TEST_F(Polkit, IsNeverAskedAboutRoot) {
    attach(guest, {volume});
    EXPECT_TRUE(get_all(root, guest_path(guest), kGuestInterface).answer().ok());
    EXPECT_TRUE(purge_guest(root, guest).answer().ok());
    EXPECT_TRUE(purge_all(root).answer().ok());
    EXPECT_TRUE(introspect(root, kManagerPath).answer().ok());
    EXPECT_EQ(polkit->checks().size(), 0U);
}

TEST_F(Polkit, IsNotNeededByRoot) {
    polkit.reset();
    attach(guest, {volume});
    EXPECT_EQ(purge_guest(root, guest).answer().text, "1");
}

TEST_F(Polkit, LetsAUserAttachWhenItSaysYes) {
    polkit->answer(PolkitAnswer::Allow);
    const auto answer = nobody_attaches(pipe_with("one\ntwo\n")).answer();
    EXPECT_TRUE(answer.ok()) << answer;
    EXPECT_EQ(agent.keys().payloads_of(guest), (std::vector<std::string>{"one", "two"}));
}

TEST_F(Polkit, IsToldTheCallersBusNameAndNotHisProcess) {
    EXPECT_FALSE(nobody_attaches(pipe_with("one\ntwo\n")).answer().ok());
    EXPECT_EQ(only_check().subject_kind, "system-bus-name");
    EXPECT_EQ(only_check().subject_name, nobody.unique_name());
}

TEST_F(Polkit, IsToldGuestVolumesAndOperation) {
    std::string capitals = volume;
    for (auto& c : capitals)
        c = static_cast<char>(std::toupper(c));
    const AttachArguments arguments{guest, {{capitals, {}}, {other_volume, {}}}, {}, false};
    EXPECT_FALSE(attach_keys(nobody, arguments, pipe_with("one\ntwo\n")).answer().ok());
    const std::map<std::string, std::string> expected{
        {"guest", guest}, {"volume", volume + " " + other_volume}, {"operation", "AttachKeys"}};
    EXPECT_EQ(only_check().action, "org.guestkeyd1.attach-keys");
    EXPECT_EQ(only_check().details, expected);
}

TEST_F(Polkit, IsToldTheGuestOfAnObject) {
    attach(guest, {volume});
    EXPECT_FALSE(get_all(nobody, guest_path(guest), kGuestInterface).answer().ok());
    EXPECT_EQ(only_check().action, "org.guestkeyd1.list");
    EXPECT_EQ(only_check().details.at("guest"), guest);
    EXPECT_EQ(only_check().details.at("operation"), "GetAll");
}

TEST_F(Polkit, IsToldWhetherTheUserMayBeAsked) {
    EXPECT_FALSE(purge_all(nobody).answer().ok());
    EXPECT_FALSE(purge_all(nobody).interactive().answer().ok());
    const auto checks = polkit->checks();
    ASSERT_EQ(checks.size(), 2U);
    EXPECT_FALSE(checks[0].interactive);
    EXPECT_TRUE(checks[1].interactive);
}

TEST_F(Polkit, DeniesWhenItSaysNo) {
    const auto before = state();
    const auto answer = nobody_attaches(pipe_with("one\ntwo\n")).answer();
    EXPECT_EQ(short_name(answer), "AccessDenied") << answer;
    EXPECT_EQ(state(), before);
}

TEST_F(Polkit, DeniesWhenItFails) {
    polkit->answer(PolkitAnswer::Error);
    EXPECT_EQ(short_name(nobody_attaches(pipe_with("one\ntwo\n")).answer()), "AccessDenied");
}

TEST_F(Polkit, DeniesWhenItIsGone) {
    polkit.reset();
    EXPECT_EQ(short_name(nobody_attaches(pipe_with("one\ntwo\n")).answer()), "AccessDenied");
}

TEST_F(Polkit, DeniesWhenItVanishesWhileItIsAsked) {
    polkit->answer(PolkitAnswer::Hang);
    const auto pending = nobody_attaches(pipe_with("one\ntwo\n")).start();
    ASSERT_TRUE(wait_for_hanging(1));
    polkit.reset();
    EXPECT_EQ(short_name(pending.wait()), "AccessDenied");
    EXPECT_EQ(manager_property(root, "KeyCount"), "0");
}

TEST_F(Polkit, SaysThatAPasswordWouldHelp) {
    polkit->answer(PolkitAnswer::Challenge);
    EXPECT_EQ(nobody_attaches(pipe_with("one\ntwo\n")).answer().error,
              "org.freedesktop.DBus.Error.InteractiveAuthorizationRequired");
    EXPECT_EQ(short_name(nobody_attaches(pipe_with("one\ntwo\n")).interactive().answer()), "AccessDenied");
}

TEST_F(Polkit, DoesNotHoldUpOthersWhileItHangs) {
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

TEST_F(Polkit, IsAskedBeforeTheArgumentsAreLookedAt) {
    attach(guest, {volume});
    const std::vector<Answer> answers{
        purge_guest(nobody, "no UUID").answer(),
        purge_guest(nobody, other_guest).answer(),
        detach_keys(nobody, guest, {}).answer(),
        Call(nobody, {kManagerPath, kManagerInterface, "PurgeGuest"}).with("u", 7U).answer(),
        Call(nobody, {kManagerPath, kManagerInterface, "PurgeAll"}).with("a{sv}", 1, "bogus", "b", 1).answer(),
        attach_keys(nobody, {guest, {}, {}, false}, pipe_with("")).answer(),
        get_property(nobody, kManagerPath, kManagerInterface, "NoSuchProperty").answer(),
    };
    for (const auto& answer : answers)
        EXPECT_EQ(short_name(answer), "AccessDenied") << answer;
}

TEST_F(Polkit, LooksOnceMoreAtTheStateOfThenWhenItHasSaidYes) {
    attach(guest, {volume});
    polkit->answer(PolkitAnswer::Hang);
    const auto pending = purge_guest(nobody, guest).start();
    ASSERT_TRUE(wait_for_hanging(1));
    EXPECT_TRUE(purge_guest(root, guest).answer().ok());
    polkit->release(PolkitAnswer::Allow);
    EXPECT_EQ(pending.wait().error, "org.guestkeyd1.Error.NoSuchGuest");
}

TEST_F(Polkit, CheckIsWithdrawnWhenTheCallerLeaves) {
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

TEST_F(Polkit, HidesWhatIsNotTheUsersAsIfItWereNotThere) {
    attach(guest, {volume});
    const auto compare = [&](const Answer& present, Answer absent) {
        EXPECT_EQ(present.error, absent.error);
        EXPECT_EQ(present.message, absent.message);
        EXPECT_EQ(short_name(present), "AccessDenied") << present;
    };
    compare(purge_guest(nobody, guest).answer(), purge_guest(nobody, other_guest).answer());
    compare(purge_guest(nobody, guest, Force::Yes).answer(), purge_guest(nobody, other_guest, Force::Yes).answer());
    compare(detach_keys(nobody, guest, {volume}).answer(), detach_keys(nobody, other_guest, {volume}).answer());
    compare(detach_keys(nobody, guest, {volume}).answer(), detach_keys(nobody, guest, {other_volume}).answer());
    compare(check_guest(nobody, kTestGuest).answer(), check_guest(nobody, other_guest).answer());
    const auto here = guest_path(guest);
    const auto nowhere = guest_path(other_guest);
    compare(introspect(nobody, here).answer(), introspect(nobody, nowhere).answer());
    compare(get_all(nobody, here, kGuestInterface).answer(), get_all(nobody, nowhere, kGuestInterface).answer());
    compare(get_property(nobody, here, kGuestInterface, "Uuid").answer(),
            get_property(nobody, nowhere, kGuestInterface, "Uuid").answer());
    compare(Call(nobody, {here, kGuestInterface, "Purge"}).with("a{sv}", 0).answer(),
            Call(nobody, {nowhere, kGuestInterface, "Purge"}).with("a{sv}", 0).answer());
}

class PolkitForce : public Polkit {
  protected:
    void expect_action(const Call& call, const std::string& action) {
        polkit->forget_checks();
        EXPECT_EQ(short_name(call.answer()), "AccessDenied");
        EXPECT_EQ(only_check().action, "org.guestkeyd1." + action);
    }
    [[nodiscard]] Call guest_purge() const { return {nobody, {guest_path(guest), kGuestInterface, "Purge"}}; }
};

TEST_F(PolkitForce, IsAnActionOfItsOwn) {
    expect_action(purge_guest(nobody, guest), "purge-keys");
    expect_action(purge_guest(nobody, guest, Force::Yes), "purge-keys-in-use");
    expect_action(detach_keys(nobody, guest, {volume}), "purge-keys");
    expect_action(detach_keys(nobody, guest, {volume}, Force::Yes), "purge-keys-in-use");
    expect_action(guest_purge().with("a{sv}", 0), "purge-keys");
    expect_action(guest_purge().with("a{sv}", 1, "force", "b", 1), "purge-keys-in-use");
    expect_action(purge_all(nobody), "purge-all");
}

// A dictionary on the bus may hold a key twice: what is asked about must be what is done.
TEST_F(PolkitForce, CannotBeSmuggledPastTheQuestion) {
    attach(kTestGuest, {volume});
    polkit->answer_by([](const PolkitCheck& check) {
        return check.action == "org.guestkeyd1.purge-keys" ? PolkitAnswer::Allow : PolkitAnswer::Deny;
    });
    for (const auto& [first, second] : {std::pair{0, 1}, std::pair{1, 0}}) {
        Call call(nobody, {kManagerPath, kManagerInterface, "PurgeGuest"});
        call.with("sa{sv}", kTestGuest, 2, "force", "b", first, "force", "b", second);
        EXPECT_FALSE(call.answer().ok());
    }
    EXPECT_FALSE(purge_guest(nobody, kTestGuest, Force::Yes).answer().ok());
    EXPECT_EQ(manager_property(root, "KeyCount"), "1");
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
