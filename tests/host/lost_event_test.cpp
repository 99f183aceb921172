// SPDX-License-Identifier: LGPL-2.1-or-later
// libvirt's events do not come to the agent, although the connection stands.
#include "host/host_test.h"

#include <csignal>

namespace guestkeyd::test {

namespace {

class LostEvent : public HostTest {
  protected:
    // The guests are compared so often that tests need not wait, or so seldom that only libvirt's hook is left.
    explicit LostEvent(const std::string& reconcile_sec = "1")
        : HostTest({.libvirt = {{"ReconcileSec", reconcile_sec}}}) {}

    void expect_wiped(const std::string& reason) {
        EXPECT_NE(signals.next("KeysPurged").text.find("\"" + reason + "\""), std::string::npos);
        EXPECT_TRUE(agent.keys().serials().empty());
    }

    const LibvirtGuest guest{"unheard"};
};

class LostEventOfAnEnd : public LostEvent {
  protected:
    LostEventOfAnEnd() : LostEvent("3600") {
        start(guest);
        EXPECT_TRUE(comes_to_be(guest, kRunning));
        agent.faults().drop_events();
    }
};

TEST_F(LostEventOfAnEnd, DestroyedGuestLosesItsKeysBecauseTheHookTellsThatItEnded) {
    ASSERT_EQ(guest.destroy().status, 0);
    expect_wiped("destroyed");
}

TEST_F(LostEventOfAnEnd, GuestThatShutDownKeepsItsKeysAndIsSeenToBeOff) {
    ASSERT_EQ(kill(guest.qemu(), SIGTERM), 0);
    EXPECT_TRUE(comes_to_be(guest, kPresent));
    EXPECT_EQ(agent.keys().keys_of(guest.uuid()).size(), 1U);
}

TEST_F(LostEvent, GuestThatStartedIsSeenToRun) {
    attach(guest);
    agent.faults().drop_events();
    ASSERT_EQ(guest.start().status, 0);
    EXPECT_TRUE(comes_to_be(guest, kRunning));
}

class LostEventOfAStart : public LostEvent {
  protected:
    LostEventOfAStart() : LostEvent("3600") {}
};

// The agent gave its keys out, and was then gone for as long as it ran.
TEST_F(LostEventOfAStart, DestroyedGuestLosesItsKeysWhenTheAgentIsBack) {
    attach(guest);
    agent.faults().drop_events();
    ASSERT_EQ(guest.start().status, 0);
    agent.kill9();
    ASSERT_EQ(guest.destroy().status, 0);
    agent.faults().none();
    agent.start();
    EXPECT_TRUE(wait_until([this] { return agent.keys().serials().empty(); }));
}

TEST_F(LostEvent, UndefinedGuestLosesItsKeys) {
    attach(guest);
    agent.faults().drop_events();
    ASSERT_EQ(guest.undefine().status, 0);
    expect_wiped("vanished");
}

TEST_F(LostEvent, DefinedGuestIsSeenToBeThere) {
    const LibvirtGuest newcomer("newcomer", {.defined = false});
    attach(newcomer);
    agent.faults().drop_events();
    newcomer.define();
    EXPECT_TRUE(comes_to_be(newcomer, kPresent));
}

TEST_F(LostEvent, RenamedGuestIsShownUnderItsNewName) {
    attach(guest);
    agent.faults().drop_events();
    ASSERT_EQ(virsh({"domrename", guest.name(), "renamed"}).status, 0);
    EXPECT_TRUE(wait_until([&] { return guest_property(root, guest.uuid(), "Name") == "\"renamed\""; }));
    ASSERT_EQ(virsh({"domrename", "renamed", guest.name()}).status, 0);
}

} // namespace

} // namespace guestkeyd::test
