// SPDX-License-Identifier: LGPL-2.1-or-later
// Guests whose disks the host opens by dm-crypt, on LVM volumes, by the agent's worker in its sandbox.
#include "vm/booted_guest.h"
#include "vm/vm_test.h"

namespace guestkeyd::test {

namespace {

using testing::HasSubstr;
using testing::Not;

// A guest with a LUKS2 volume on an LVM volume, which QEMU finds as /dev/mapper/NAME-disk.
class MappedGuest {
  public:
    MappedGuest(Host& host, const std::string& name) : host_(host), name_(name) {
        uuid_ = new_uuid();
        volume_ = new_uuid();
        make_key(host, key_file());
        host.run("lvcreate --yes --wipesignatures=n --size=24M --name=" + name + " vg; guestkeyctl volume create " +
                 device() + " --format=luks2 --key-file=" + key_file());
        host.run("cryptsetup open --key-file=" + key_file() + " " + device() + " fill && " +
                 "/payload/tests/rig/fill /dev/mapper/fill raw " + key_file() + " '" + name +
                 " runs'; sync; cryptsetup close fill");
        define();
    }

    [[nodiscard]] std::string device() const { return "/dev/vg/" + name_; }
    [[nodiscard]] std::string mapping() const { return name_ + "-disk"; }
    [[nodiscard]] std::string key_file() const { return "/root/" + name_ + ".key"; }
    [[nodiscard]] const std::string& uuid() const { return uuid_; }

    [[nodiscard]] std::string attach_command(const std::string& key) const {
        return "guestkeyctl attach " + uuid_ + " " + volume_ + ",delivery=dm-crypt,device=" + device() +
               ",mapping=" + mapping() + " --key-file=" + key;
    }
    void attach() { host_.run(attach_command(key_file())); }
    [[nodiscard]] Finished start() {
        host_.run("rm -f " + serial());
        return host_.try_run("virsh start " + name_);
    }
    void run() {
        attach();
        const auto started = start();
        ASSERT_EQ(started.status, 0) << started.error;
        EXPECT_TRUE(host_.comes_true("grep -q '" + name_ + " runs' " + serial()));
    }
    void destroy() { host_.run("virsh destroy " + name_); }
    [[nodiscard]] bool is_open() { return host_.try_run("dmsetup info " + mapping()).status == 0; }
    [[nodiscard]] bool is_closed_soon() { return host_.comes_true("! dmsetup info " + mapping()); }
    [[nodiscard]] bool is_forgotten_soon() { return host_.comes_true("! guestkeyctl show " + uuid_); }

  private:
    [[nodiscard]] std::string new_uuid() { return host_.run("cat /proc/sys/kernel/random/uuid"); }
    [[nodiscard]] std::string serial() const { return "/var/log/libvirt/qemu/" + name_ + ".serial"; }
    void define() {
        host_.run("sed -e \"s|@NAME@|" + name_ + "|; s|@GUEST@|" + uuid_ + "|; s|@SERIAL@|" + serial() +
                  "|; s|disk type='file'|disk type='block'|; s|qcow2|raw|; s|file='@DISK@'|dev='/dev/mapper/" +
                  mapping() + "'|; /<encryption/,/<.encryption>/d\" /payload/tests/rig/guest.xml >/root/" + name_ +
                  ".xml; virsh define /root/" + name_ + ".xml");
    }

    Host& host_;
    std::string name_;
    std::string uuid_;
    std::string volume_;
};

class GuestOnDmCrypt : public testing::Test {
  protected:
    static void SetUpTestSuite() {
        host = &boot_host({.disks = {384 << 20}});
        host->run("vgcreate vg /dev/disk/by-id/virtio-disk0");
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
    guest.run();
    EXPECT_TRUE(guest.is_open());
    guest.destroy();
    EXPECT_TRUE(guest.is_closed_soon());
    EXPECT_TRUE(guest.is_forgotten_soon());
    EXPECT_EQ(host->run("grep -c cryptsetup: /proc/keys || true"), "0");
}

TEST_F(GuestOnDmCrypt, HasItsKeyStillWhenItIsShutDown) {
    MappedGuest guest(*host, "back");
    guest.run();
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
    guest.run();
    host->run(
        "systemctl mask --runtime --now guestkeyd.service; systemctl kill --signal=KILL guestkeyd.service || true");
    guest.destroy();
    EXPECT_TRUE(guest.is_open());
    host->run("systemctl unmask --runtime guestkeyd.service; systemctl start guestkeyd.service");
    EXPECT_TRUE(guest.is_closed_soon());
}

TEST_F(GuestOnDmCrypt, HangsWhenItsKeysArePurgedByForceAndGoesOnWithThem) {
    MappedGuest guest(*host, "hung");
    guest.run();
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
    guest.run();
    host->run("guestkeyctl purge --force " + guest.uuid());
    EXPECT_TRUE(host->comes_true("dmsetup info " + guest.mapping() + " | grep SUSPENDED"));
    host->run("dmsetup wipe_table " + guest.mapping());
    guest.destroy();
    EXPECT_TRUE(guest.is_closed_soon());
}

} // namespace

} // namespace guestkeyd::test
