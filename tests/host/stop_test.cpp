// SPDX-License-Identifier: LGPL-2.1-or-later
#include "host/row_test.h"

#include <csignal>

namespace guestkeyd::test {

namespace {

// Ways in which a guest ends that stays defined.
class GuestThat : public Row {
  protected:
    void runs(const std::string& wipe_on) {
        start(guest, {.wipe_on = wipe_on});
        EXPECT_TRUE(comes_to_be(guest, kRunning));
    }

    void shut_down() const { must(virsh({"shutdown", guest.name()})); }
    void kill_qemu() const { ASSERT_EQ(kill(guest.qemu(), SIGKILL), 0); }

    const LibvirtGuest guest{"leaver"};
};

// Its panic follows its boot at once.
class GuestThatPanics : public Row {
  protected:
    void panics(const std::string& wipe_on) {
        start(guest, {.wipe_on = wipe_on});
        EXPECT_TRUE(wait_until([&] { return guest.state() == "shut off"; }));
    }

    const LibvirtGuest guest{"panicker", {.panics = true}};
};

TEST_F(GuestThat, ShutsDownKeepsItsKeys) {
    for (const auto* wipe_on : {"destroyed", "undefined"}) {
        runs(wipe_on);
        shut_down();
        keeps_keys(guest, kPresent);
    }
    keeps_keys_until_undefined(guest);
}

TEST_F(GuestThat, ShutsDownLosesKeysThatAreWipedOnStopped) {
    runs("stopped");
    shut_down();
    loses_keys(guest, "stopped");
}

TEST_F(GuestThat, LosesItsQemuKeepsItsKeysAndStartsAgain) {
    for (const auto* wipe_on : {"destroyed", "undefined"}) {
        runs(wipe_on);
        kill_qemu();
        keeps_keys(guest, kPresent);
    }
    must(guest.start());
    EXPECT_TRUE(guest.boots());
}

TEST_F(GuestThat, LosesItsQemuLosesKeysThatAreWipedOnStopped) {
    runs("stopped");
    kill_qemu();
    loses_keys(guest, "stopped");
}

TEST_F(GuestThatPanics, KeepsItsKeys) {
    for (const auto* wipe_on : {"destroyed", "undefined"}) {
        panics(wipe_on);
        keeps_keys(guest, kPresent);
    }
    keeps_keys_until_undefined(guest);
}

TEST_F(GuestThatPanics, LosesKeysThatAreWipedOnStopped) {
    panics("stopped");
    loses_keys(guest, "stopped");
}

TEST_F(GuestThat, IsDestroyedLosesItsKeys) {
    for (const auto* wipe_on : {"destroyed", "stopped"}) {
        runs(wipe_on);
        must(guest.destroy());
        loses_keys(guest, "destroyed");
    }
    EXPECT_NE(guest.start().status, 0);
}

TEST_F(GuestThat, IsDestroyedKeepsKeysThatAreWipedOnUndefined) {
    runs("undefined");
    must(guest.destroy());
    keeps_keys(guest, kPresent);
    must(guest.start());
}

TEST_F(GuestThat, IsUndefinedWhileOffLosesItsKeys) {
    for (const auto* wipe_on : {"destroyed", "stopped", "undefined"}) {
        attach(guest, {.wipe_on = wipe_on});
        must(guest.undefine());
        loses_keys(guest, "undefined");
        guest.define();
    }
}

TEST_F(GuestThat, IsUndefinedWhileItRunsLosesItsKeysWhenItStops) {
    for (const auto* wipe_on : {"destroyed", "stopped", "undefined"}) {
        runs(wipe_on);
        must(guest.undefine());
        keeps_keys(guest, kRunning);
        shut_down();
        loses_keys(guest, "stopped");
        guest.define();
    }
}

} // namespace

} // namespace guestkeyd::test
