// SPDX-License-Identifier: LGPL-2.1-or-later
// Guests whose disks the host opens by dm-crypt, on LVM volumes, by the agent's worker in its sandbox.
#include "vm/booted_guest.h"
#include "vm/mapped_guest.h"
#include "vm/vm_test.h"

namespace guestkeyd::test {

namespace {

using testing::HasSubstr;
using testing::Not;

class GuestOnDmCrypt : public testing::Test {
  protected:
    static void SetUpTestSuite() {
        host = &boot_host({.disks = {384 << 20}});
        host->run("vgcreate vg /dev/disk/by-id/virtio-disk0");
    }
    static void run(MappedGuest& guest) {
        guest.attach();
        const auto started = guest.start();
        ASSERT_EQ(started.status, 0) << started.error;
        EXPECT_TRUE(guest.says("runs"));
    }
    static void expect_private(const MappedGuest& guest) {
        host->run("udevadm settle");
        const auto udev = host->run("udevadm info /dev/mapper/" + guest.mapping());
        EXPECT_THAT(udev, HasSubstr("DM_UDEV_DISABLE_OTHER_RULES_FLAG=1"));
        EXPECT_THAT(udev, HasSubstr("SYSTEMD_READY=0"));
        EXPECT_THAT(udev, HasSubstr("UDISKS_IGNORE=1"));
        EXPECT_THAT(udev, Not(HasSubstr("ID_FS_")));
        EXPECT_THAT(udev, Not(HasSubstr("disk/by-")));
    }

    static Host* host;
};

Host* GuestOnDmCrypt::host = nullptr;

TEST_F(GuestOnDmCrypt, HasItsDiskOpenAsLongAsItRuns) {
    MappedGuest guest(*host, "web");
    run(guest);
    EXPECT_TRUE(guest.is_open());
    guest.destroy();
    EXPECT_TRUE(guest.is_closed_soon());
    EXPECT_TRUE(guest.is_forgotten_soon());
    EXPECT_EQ(host->run("grep -c cryptsetup: /proc/keys || true"), "0");
}

TEST_F(GuestOnDmCrypt, HasItsKeyStillWhenItIsShutDown) {
    MappedGuest guest(*host, "back");
    run(guest);
    host->run("virsh shutdown back");
    EXPECT_TRUE(guest.is_closed_soon());
    EXPECT_EQ(guest.start().status, 0);
    EXPECT_TRUE(guest.is_open());
    guest.destroy();
    EXPECT_TRUE(guest.is_closed_soon());
}

// The guest's disk holds an LVM volume group, which the host must not take for one of its own.
TEST_F(GuestOnDmCrypt, HasADiskThatNobodyLooksInto) {
    MappedGuest guest(*host, "inner");
    host->run("cryptsetup open --key-file=" + guest.key_file() + " " + guest.device() +
              " fill && vgcreate of_the_guest /dev/mapper/fill && lvcreate --yes --size=4M --name=lv of_the_guest && "
              "vgchange --activate=n of_the_guest; cryptsetup close fill");
    guest.attach();
    const auto started = guest.start();
    ASSERT_EQ(started.status, 0) << started.error;
    expect_private(guest);
    EXPECT_THAT(host->run("dmsetup ls"), Not(HasSubstr("of_the_guest")));
    // With all that dmsetup tells, there is no key in the table.
    EXPECT_THAT(host->run("dmsetup table --showkeys " + guest.mapping()), HasSubstr(":64:logon:cryptsetup:"));
    guest.destroy();
    EXPECT_TRUE(guest.is_closed_soon());
}

TEST_F(GuestOnDmCrypt, IsRefusedWithTheWrongKey) {
    MappedGuest guest(*host, "wrong");
    make_key(*host, "/root/other.key");
    host->run(guest.attach_command("/root/other.key"));
    const auto refused = guest.start();
    EXPECT_NE(refused.status, 0);
    EXPECT_THAT(refused.error, HasSubstr("guestkeyd: the key does not open volume '" + guest.device() + "'"));
    EXPECT_FALSE(guest.is_open());
}

TEST_F(GuestOnDmCrypt, LeavesAMappingAloneThatSomebodyElseOpened) {
    MappedGuest guest(*host, "theirs");
    guest.attach();
    host->run("cryptsetup open --key-file=" + guest.key_file() + " " + guest.device() + " " + guest.mapping());
    const auto refused = guest.start();
    EXPECT_NE(refused.status, 0);
    EXPECT_THAT(refused.error, HasSubstr("which guestkeyd did not open"));
    host->run("guestkeyctl purge " + guest.uuid());
    EXPECT_TRUE(guest.is_open());
    EXPECT_NE(host->try_run(guest.attach_command(guest.key_file())).status, 0);
    host->run("cryptsetup close " + guest.mapping());
}

TEST_F(GuestOnDmCrypt, IsRefusedWhileItsVolumeIsInReencryption) {
    MappedGuest guest(*host, "changing");
    host->run("cryptsetup reencrypt --batch-mode --init-only --pbkdf=pbkdf2 --pbkdf-force-iterations=1000 --key-file=" +
              guest.key_file() + " " + guest.device());
    guest.attach();
    const auto refused = guest.start();
    EXPECT_NE(refused.status, 0);
    EXPECT_THAT(refused.error, HasSubstr("in the middle of a re-encryption"));
    EXPECT_FALSE(guest.is_open());
}

TEST_F(GuestOnDmCrypt, LosesWhatWasOpenWhenTheAgentWasKilled) {
    MappedGuest guest(*host, "left");
    run(guest);
    host->run(
        "systemctl mask --runtime --now guestkeyd.service; systemctl kill --signal=KILL guestkeyd.service || true");
    guest.destroy();
    EXPECT_TRUE(guest.is_open());
    host->run("systemctl unmask --runtime guestkeyd.service; systemctl start guestkeyd.service");
    EXPECT_TRUE(guest.is_closed_soon());
}

TEST_F(GuestOnDmCrypt, HangsWhenItsKeysArePurgedByForceAndGoesOnWithThem) {
    MappedGuest guest(*host, "hung");
    run(guest);
    const auto suspended = "/sys/block/$(basename $(readlink -f /dev/mapper/" + guest.mapping() + "))/dm/suspended";
    EXPECT_NE(host->try_run("guestkeyctl purge " + guest.uuid()).status, 0);
    host->run("guestkeyctl purge --force " + guest.uuid());
    EXPECT_TRUE(host->comes_true("grep 1 " + suspended));
    guest.attach();
    EXPECT_TRUE(host->comes_true("grep 0 " + suspended));
    expect_private(guest);
    guest.destroy();
    EXPECT_TRUE(guest.is_closed_soon());
}

TEST_F(GuestOnDmCrypt, ThatHangsIsDestroyedOnceItsDiskFails) {
    MappedGuest guest(*host, "failing");
    run(guest);
    host->run("guestkeyctl purge --force " + guest.uuid());
    EXPECT_TRUE(host->comes_true("dmsetup info " + guest.mapping() + " | grep SUSPENDED"));
    host->run("dmsetup wipe_table " + guest.mapping());
    guest.destroy();
    EXPECT_TRUE(guest.is_closed_soon());
}

} // namespace

} // namespace guestkeyd::test
