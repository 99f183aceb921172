// SPDX-License-Identifier: LGPL-2.1-or-later
#include "bus_test.h"

namespace guestkeyd::test {

namespace {

class Restart : public BusTest {
  protected:
    void attach_several() {
        wait_for_libvirt();
        const AttachArguments arguments{
            guest,
            {{volume, {{"delivery", "none"}}}, {other_volume, {{"usage-type", "iscsi"}, {"usage-id", "disk 1 = 2%"}}}},
            "a name, with \"quotes\" and ünïcode",
            false};
        const auto answer = attach_keys(root, arguments, pipe_with("first\nsecond\n")).answer();
        ASSERT_TRUE(answer.ok()) << answer;
        attach(other_guest, {volume});
        attach(kTestGuest, {volume});
        wait_for_states();
    }

    // States of guests are unknown until libvirt has answered.
    void wait_for_states() const {
        ASSERT_TRUE(wait_until([this] { return guest_property(root, kTestGuest, "State") == "3"; }));
        ASSERT_TRUE(wait_until([this] { return guest_property(root, other_guest, "State") == "1"; }));
    }
};

TEST_F(Restart, AfterSigkillShowsTheSameGuestsVolumesAndProperties) {
    attach_several();
    const auto before = state();
    const auto serials = agent.keys().serials();
    agent.kill9();
    EXPECT_EQ(agent.keys().serials(), serials);
    agent.start();
    wait_for_states();
    EXPECT_EQ(state(), before);
    EXPECT_EQ(agent.keys().payloads_of(guest), (std::vector<std::string>{"first", "second"}));
}

TEST_F(Restart, InGoodOrderKeepsEverythingToo) {
    attach_several();
    const auto before = state();
    agent.restart();
    wait_for_states();
    EXPECT_EQ(state(), before);
}

TEST_F(Restart, LeavesWhatWasPurgedPurged) {
    attach_several();
    EXPECT_TRUE(purge_guest(root, guest).answer().ok());
    agent.kill9();
    agent.start();
    EXPECT_EQ(manager_property(root, "GuestCount"), "2");
    EXPECT_EQ(agent.keys().keys_of(guest).size(), 0U);
}

TEST_F(Restart, GoesOnWithTheGuestsItHad) {
    attach_several();
    agent.kill9();
    agent.start();
    attach(guest, {volume});
    EXPECT_EQ(manager_property(root, "KeyCount"), "4");
    EXPECT_EQ(agent.keys().payloads_of(guest), (std::vector<std::string>{"key of " + volume, "second"}));
    EXPECT_EQ(purge_all(root).answer().text, "4");
    EXPECT_EQ(agent.keys().serials().size(), 0U);
}

TEST_F(Restart, ForgetsAHalfReadPushAndKeepsTheOldKey) {
    attach(guest, {volume});
    auto pipe = make_pipe();
    write_all(pipe.writing, "half of a ke");
    const auto pending = attach_keys(root, {guest, {{volume, {}}}, {}, false}, pipe.reading).start();
    const Connection watcher(bus.address());
    EXPECT_EQ(manager_property(watcher, "KeyCount"), "1");
    agent.kill9();
    EXPECT_EQ(pending.wait().error, "org.freedesktop.DBus.Error.NoReply");
    agent.start();
    EXPECT_EQ(agent.keys().payloads_of(guest), std::vector<std::string>{"key of " + volume});
}

TEST_F(Restart, OfASecondAgentOnTheSameBusFails) {
    const auto second = run(agent.command(), bus.environment());
    EXPECT_NE(second.status, 0);
    EXPECT_NE(second.error.find("org.guestkeyd1"), std::string::npos) << second.error;
    EXPECT_EQ(manager_property(root, "KeyCount"), "0");
}

// Of libvirt's client it gets one when libvirtd is killed at a bad moment.
TEST_F(Restart, IsNotNeededAfterABrokenPipe) {
    attach(guest, {volume});
    ASSERT_EQ(kill(agent.pid(), SIGPIPE), 0);
    EXPECT_EQ(manager_property(root, "KeyCount"), "1");
}

} // namespace

} // namespace guestkeyd::test
