// SPDX-License-Identifier: LGPL-2.1-or-later
// guestkey with guests whose disks their host opens by dm-crypt: it rekeys them while they run.
#include "vm/booted_guest.h"
#include "vm/vm_test.h"

namespace guestkeyd::test {

namespace {

using testing::HasSubstr;

// A guest on an LVM volume whose key guestkey has, and that guestkey has set up.
class GuestkeyOnDmCrypt : public testing::Test {
  protected:
    static void SetUpTestSuite() {
        host = &boot_host({.disks = {192 << 20}});
        run("vgcreate vg /dev/disk/by-id/virtio-disk0\n"
            "guestkey init --key-file=/root/master && guestkey host add here qemu:///system");
    }
    GuestkeyOnDmCrypt() {
        make_key(*host, "/root/web.key");
        run("lvcreate --yes --wipesignatures=n --size=48M --name=web vg\n"
            "guestkeyctl volume create /dev/vg/web --format=luks2 --overwrite --key-file=/root/web.key\n"
            "cryptsetup open --key-file=/root/web.key /dev/vg/web fill &&"
            " /payload/tests/rig/fill /dev/mapper/fill raw /root/web.key 'web runs'; sync; cryptsetup close fill");
        EXPECT_THAT(run("guestkey volume import here /dev/vg/web --key-file=/root/web.key --uuid=" + volume),
                    HasSubstr("/dev/mapper/guestkey-" + volume));
        define();
    }
    ~GuestkeyOnDmCrypt() override {
        try_run("guestkey guest destroy web; guestkey volume forget " + volume);
        EXPECT_TRUE(host->comes_true("lvremove --yes vg/web"));
    }

    void define() {
        run("sed -e 's|@NAME@|web|; s|@GUEST@|" + uuid + "|; s|@SERIAL@|" + kSerial +
            "|; s|disk type=.file.|disk type=\"block\"|; s|qcow2|raw|; s|file=.@DISK@.|dev=\"/dev/mapper/guestkey-" +
            volume +
            "\"|; /<encryption/,/<.encryption>/d' /payload/tests/rig/guest.xml >/root/web.xml\n"
            "guestkey guest setup web --host=here --xml=/root/web.xml");
    }
    void start() {
        run("rm -f " + kSerial + "; virsh start web");
        EXPECT_TRUE(host->comes_true("grep -q 'web runs' " + kSerial));
    }
    void shut_down() {
        run("virsh shutdown web");
        EXPECT_TRUE(host->comes_true("! dmsetup info guestkey-" + volume));
    }
    [[nodiscard]] std::string rekey() const { return "guestkey volume rekey " + volume; }
    static std::string run(const std::string& script) { return host->run("export HOME=/root\n" + script); }
    static int try_run(const std::string& script) { return host->try_run("export HOME=/root\n" + script).status; }
    // The guest runs on, and the volume opens with the new key and not with the old one.
    void expect_rekeyed() {
        EXPECT_THAT(run("virsh domstate web"), HasSubstr("running"));
        EXPECT_THAT(run("guestkey volume test " + volume), HasSubstr("the current key opens"));
        EXPECT_NE(try_run("cryptsetup open --test-passphrase --key-file=/root/web.key /dev/vg/web"), 0);
        EXPECT_EQ(run("guestkey volume show --json=pretty " + volume + " | grep -c '\"old\"\\|\"current\"'"), "2");
    }

    inline static const std::string kSerial = "/var/log/libvirt/qemu/web.serial";
    static Host* host;
    const std::string uuid = run("cat /proc/sys/kernel/random/uuid");
    const std::string volume = run("cat /proc/sys/kernel/random/uuid");
};

Host* GuestkeyOnDmCrypt::host = nullptr;

TEST_F(GuestkeyOnDmCrypt, RekeysTheDiskOfAGuestThatRuns) {
    start();
    EXPECT_THAT(run(rekey()), HasSubstr("has a new key"));
    expect_rekeyed();
    shut_down();
    start();
}

TEST_F(GuestkeyOnDmCrypt, RekeysTheDiskOfAGuestThatIsOff) {
    EXPECT_THAT(run(rekey()), HasSubstr("has a new key"));
    start();
    expect_rekeyed();
}

TEST_F(GuestkeyOnDmCrypt, GoesOnWhenItIsKilledWhileTheGuestRuns) {
    start();
    run(rekey() + " &>/dev/null &");
    EXPECT_TRUE(host->comes_true("guestkeyctl job list --no-legend | grep -q running"));
    run("pkill -KILL --full 'guestkey volume rekey'");
    EXPECT_THAT(run("guestkey status"), HasSubstr("was not rekeyed to its end"));
    EXPECT_THAT(run("guestkey volume test " + volume), HasSubstr("key opens"));
    EXPECT_THAT(run(rekey()), HasSubstr("has a new key"));
    expect_rekeyed();
}

TEST_F(GuestkeyOnDmCrypt, GivesAHostThatWasRebootedItsKeysAgain) {
    host->shut_down();
    host->boot();
    EXPECT_NE(try_run("virsh start web"), 0);
    run("systemd-run --unit=guestkey-run guestkey run --database=/root/.local/share/guestkey/keys.db");
    EXPECT_TRUE(host->comes_true("guestkeyctl show " + uuid)) << run("journalctl --unit=guestkey-run");
    start();
    run("systemctl stop guestkey-run");
}

} // namespace

} // namespace guestkeyd::test
