// SPDX-License-Identifier: LGPL-2.1-or-later
#include "host/row_test.h"
#include "support/key_fd.h"

namespace guestkeyd::test {

namespace {

// What a guest lives through, or is awaited for.
class Guest : public Row {
  protected:
    const LibvirtGuest guest{"stayer"};
    const LibvirtGuest newcomer{"newcomer", {.defined = false}};
};

TEST_F(Guest, WhoseKeysComeBeforeItIsDefinedIsExpectedThenPresentThenRunning) {
    attach(newcomer);
    keeps_keys(newcomer, kExpected);
    newcomer.define();
    keeps_keys(newcomer, kPresent);
    must(newcomer.start());
    keeps_keys(newcomer, kRunning);
}

TEST_F(Guest, ThatNeverShowsUpLosesItsKeys) {
    for (const auto* wipe_on : {"destroyed", "stopped", "undefined"}) {
        attach(newcomer, {.wipe_on = wipe_on, .expected_within = 1});
        loses_keys(newcomer, "never-came");
    }
}

TEST_F(Guest, ThatShowedUpInTimeKeepsItsKeysBeyondIt) {
    attach(newcomer, {.expected_within = 2});
    newcomer.define();
    const AttachArguments other{
        .guest = uuid_of("no guest"), .volumes = {{uuid_of("no volume"), {}}}, .expected_within = 2};
    const auto answer = attach_keys(root, other, pipe_with("key")).answer();
    ASSERT_TRUE(answer.ok()) << answer;
    EXPECT_NE(signals.next("KeysPurged").text.find(uuid_of("no guest")), std::string::npos);
    keeps_keys(newcomer, kPresent);
}

TEST_F(Guest, ThatIsPausedResumedResetAndRebootedKeepsItsKeys) {
    start(guest);
    int boots = 1;
    for (const auto* wipe_on : {"undefined", "stopped", "destroyed"}) {
        attach(guest, {.wipe_on = wipe_on});
        must(virsh({"suspend", guest.name()}));
        keeps_keys(guest, kRunning);
        must(virsh({"resume", guest.name()}));
        must(virsh({"reset", guest.name()}));
        EXPECT_TRUE(guest.boots(++boots));
        must(virsh({"send-key", guest.name(), "KEY_LEFTCTRL", "KEY_LEFTALT", "KEY_DELETE"}));
        EXPECT_TRUE(guest.boots(++boots));
        keeps_keys(guest, kRunning);
    }
    must(guest.destroy());
    loses_keys(guest, "destroyed");
}

TEST_F(Guest, ThatStartsPausedIsRunningAndKeepsItsKeys) {
    attach(guest, {.wipe_on = "stopped"});
    must(virsh({"start", "--paused", guest.name()}));
    keeps_keys(guest, kRunning);
    EXPECT_TRUE(wait_until([&] { return secrets_of_libvirt().empty(); }));
    must(virsh({"resume", guest.name()}));
    EXPECT_TRUE(guest.boots());
    keeps_keys(guest, kRunning);
}

TEST_F(Guest, ThatFailsToStartKeepsItsKeys) {
    for (const auto* wipe_on : {"destroyed", "stopped", "undefined"}) {
        const AttachArguments wrong{.guest = guest.uuid(), .volumes = {{guest.volume(), {}}}, .wipe_on = wipe_on};
        const auto answer = attach_keys(root, wrong, pipe_with("wrong")).answer();
        ASSERT_TRUE(answer.ok()) << answer;
        EXPECT_NE(guest.start().status, 0);
        keeps_keys(guest, kPresent);
    }
    start(guest);
}

TEST_F(Guest, ThatIsRenamedKeepsItsKeys) {
    attach(guest, {.wipe_on = "undefined"});
    must(virsh({"domrename", guest.name(), "renamed"}));
    EXPECT_TRUE(wait_until([&] { return guest_property(root, guest.uuid(), "Name") == "\"renamed\""; }));
    keeps_keys(guest, kPresent);
    must(virsh({"domrename", "renamed", guest.name()}));
}

TEST_F(Guest, ThatIsSavedKeepsItsKeysAndIsRestored) {
    start(guest);
    for (const auto* wipe_on : {"destroyed", "stopped", "undefined"}) {
        attach(guest, {.wipe_on = wipe_on});
        must(virsh({"managedsave", guest.name()}));
        keeps_keys(guest, kPresent);
        must(guest.start());
        keeps_keys(guest, kRunning);
        must(virsh({"save", guest.name(), guest.file("saved")}));
        keeps_keys(guest, kPresent);
        must(virsh({"restore", guest.file("saved")}));
        keeps_keys(guest, kRunning);
    }
}

TEST_F(Guest, WhoseLeaseEndsLosesItsKeysThoughItRuns) {
    start(guest);
    for (const auto* wipe_on : {"undefined", "destroyed"}) {
        attach(guest, {.lease = 1, .wipe_on = wipe_on});
        loses_keys(guest, "lease-ended");
        EXPECT_EQ(guest.state(), "running");
    }
}

} // namespace

} // namespace guestkeyd::test
