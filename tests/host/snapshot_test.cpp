// SPDX-License-Identifier: LGPL-2.1-or-later
#include "host/row_test.h"

namespace guestkeyd::test {

namespace {

// QEMU 7.2 aborts when it is to make an internal snapshot of a disk with LUKS, and libvirt 9.0 cannot revert to an
// external one. So the disk is a plain one; the guest's key is for another secret of it.
class RevertedGuest : public Row {
  protected:
    void make_snapshot() const { must(virsh({"snapshot-create-as", guest.name(), "point"})); }
    void revert() const { must(virsh({"snapshot-revert", guest.name(), "point"})); }

    const LibvirtGuest guest{"time-traveller", {.disk = Disk::Plain}};
};

TEST_F(RevertedGuest, ThatRunsOnKeepsItsKeys) {
    start(guest, {.wipe_on = "stopped"});
    make_snapshot();
    revert();
    keeps_keys(guest, kRunning);
    EXPECT_EQ(guest.state(), "running");
    must(virsh({"shutdown", guest.name()}));
    loses_keys(guest, "stopped");
}

TEST_F(RevertedGuest, ThatWasOffAndRunsNowKeepsItsKeys) {
    start(guest, {.wipe_on = "stopped"});
    make_snapshot();
    must(guest.destroy());
    loses_keys(guest, "destroyed");
    attach(guest);
    revert();
    keeps_keys(guest, kRunning);
}

TEST_F(RevertedGuest, ThatIsOffNowIsJudgedAfterAWhileAsIfItHadShutDown) {
    const LibvirtGuest other{"companion", {.disk = Disk::Plain}};
    make_snapshot();
    must(virsh({"snapshot-create-as", other.name(), "point"}));
    start(other, {.wipe_on = "destroyed"});
    start(guest, {.wipe_on = "stopped"});
    must(virsh({"snapshot-revert", other.name(), "point"}));
    revert();
    EXPECT_TRUE(comes_to_be(guest, kPresent));
    EXPECT_EQ(agent.keys().keys_of(guest.uuid()).size(), 1U);
    EXPECT_NE(signals.next("KeysPurged").text.find(guest.uuid()), std::string::npos);
    EXPECT_EQ(agent.keys().keys_of(other.uuid()).size(), 1U);
    EXPECT_EQ(guest_property(root, other.uuid(), "State"), kPresent);
}

TEST_F(RevertedGuest, ThatIsHaltedForASnapshotKeepsItsKeys) {
    start(guest);
    must(virsh({"snapshot-create-as", guest.name(), "point", "--halt"}));
    keeps_keys(guest, kPresent);
    must(virsh({"snapshot-delete", guest.name(), "point"}));
    keeps_keys_until_undefined(guest);
}

} // namespace

} // namespace guestkeyd::test
