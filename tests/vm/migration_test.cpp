// SPDX-License-Identifier: LGPL-2.1-or-later
// Two hosts, an agent on each: keys and guests go from one to the other.
#include "vm/booted_guest.h"
#include "vm/memory_image.h"
#include "vm/vm_test.h"

#include <iostream>

namespace guestkeyd::test {

namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

constexpr auto kDisk = "/dev/disk/by-id/virtio-shared0";

// A guest on a disk that both hosts see, which runs on "a" before each test. Its key comes from "b", where it is a
// file: what is found of it on "a" came with the guest.
class Migration : public testing::Test {
  protected:
    static void SetUpTestSuite() {
        const auto [left, right] = make_cable();
        const auto shared = std::make_shared<Nameless>(16 << 20);
        const auto hosts = boot_hosts({{.name = 'a', .shared_disks = {shared}, .cables = {left}},
                                       {.name = 'b', .shared_disks = {shared}, .cables = {right}}});
        a = hosts[0];
        b = hosts[1];
        make_key(*b, "/root/web.key");
        const std::string disk = kDisk;
        b->run("guestkeyctl volume create " + disk + " --format=luks1 --key-file=/root/web.key");
        b->run("/payload/tests/rig/fill " + disk + " luks1 /root/web.key 'web runs'");
        a->run("sed -e 's|@NAME@|web|; s|@GUEST@|" + guest + "|; s|@VOLUME@|" + volume + "|; s|@DISK@|" + disk +
               "|; s|@SERIAL@|/var/log/libvirt/qemu/web.serial|; s|type=.file. device|type=\"block\" device|; "
               "s|source file=|source dev=|' -e '/<driver/s/qcow2/raw/' /payload/tests/rig/guest.xml >/root/web.xml");
    }
    void SetUp() override { start("web.xml"); }
    void TearDown() override {
        b->plug_in_network();
        for (auto* const host : {a, b})
            (void)host->try_run("virsh destroy web; virsh undefine web; guestkeyctl purge --all");
    }

    static void start(const std::string& xml) {
        a->run("virsh define /root/" + xml);
        b->run("guestkeyctl -H root@a " + attach);
        a->run("rm -f /var/log/libvirt/qemu/web.serial; virsh start web");
        ASSERT_TRUE(a->comes_true("grep -q 'web runs' /var/log/libvirt/qemu/web.serial"));
    }
    static Finished migrate(const std::string& options = "") {
        return a->try_run("virsh migrate --live web qemu+ssh://root@b/system " + options);
    }
    static void migrate_slowly() {
        a->run("virsh migrate --live --bandwidth=1 web qemu+ssh://root@b/system &>/root/migration &");
        ASSERT_TRUE(a->comes_true("virsh domjobinfo web | grep -q 'Outgoing migration'"));
        ASSERT_TRUE(b->comes_true("virsh list --all --name | grep -qx web"));
    }
    static void expect_arrived() {
        EXPECT_TRUE(b->comes_true("virsh domstate web | grep -qx running"));
        EXPECT_THAT(keys_in_kernel(*b), Not(IsEmpty()));
        EXPECT_TRUE(a->comes_true("! guestkeyctl list --no-legend | grep -q " + guest));
        EXPECT_THAT(keys_in_kernel(*a), IsEmpty());
    }
    static void expect_stayed() {
        EXPECT_EQ(a->run("virsh domstate web | sed -n 1p"), "running");
        EXPECT_THAT(keys_in_kernel(*a), Not(IsEmpty()));
    }
    // How long keys were left at the source after virsh had returned, after libvirt's event, and after QEMU's end.
    static void report_wiping() {
        std::cout << a->run(R"sh(
            gone=$(journalctl --unit=guestkeyd --output=short-unix | grep migrated | tail -n 1 | cut -d' ' -f1)
            event=$(sed -n "s/: event 'lifecycle'.*Stopped Migrated//p" /root/events)
            qemu=$(sed -n 's/: shutting down, reason=migrated//p' /var/log/libvirt/qemu/web.log | tail -n 1)
            after() { echo "$(( $(date --date="@$gone" +%s%3N) - $(date --date="$2" +%s%3N) )) ms after $1"; }
            echo "keys gone $(after virsh "@$(</root/returned)"), $(after libvirt "$event"), $(after QEMU "$qemu")")sh")
                  << '\n';
    }

    static Host* a;
    static Host* b;
    static constexpr auto kGuest = "3b0a6e2c-5a0f-4c55-9a3e-0f6b0a7d1c42";
    static constexpr auto kVolume = "9d2c3a52-54fb-4a2e-8c3a-6f1f1f1be2a7";
    static inline const std::string guest = kGuest;
    static inline const std::string volume = kVolume;
    static inline const std::string attach = "attach " + guest + " " + volume + " --key-file=/root/web.key";
};

Host* Migration::a = nullptr;
Host* Migration::b = nullptr;

TEST_F(Migration, TakesAGuestWhoseKeysWereSentFirst) {
    b->run("guestkeyctl " + attach);
    const auto listed = b->run("guestkeyctl -H root@a,root@b list");
    EXPECT_THAT(listed, HasSubstr("root@a " + guest));
    EXPECT_THAT(listed, HasSubstr("root@b " + guest));
    a->run("stdbuf --output=L virsh event --all --loop --timestamp &>/root/events & echo $! >/root/events.pid");
    const auto migrated = migrate("; status=$?; date +%s.%3N >/root/returned; exit $status");
    EXPECT_EQ(migrated.status, 0) << migrated.error;
    expect_arrived();
    a->run("kill $(</root/events.pid)");
    report_wiping();
}

TEST_F(Migration, TakesTheDiskAlongWhereTheHostsShareNone) {
    a->run("virsh destroy web; virsh undefine web");
    const std::string file = "/var/lib/libvirt/images/web.img";
    const auto create = "guestkeyctl volume create " + file + " --format=luks1 --size=1M --key-file=/root/web.key";
    b->run(create + "; /payload/tests/rig/fill " + file + " luks1 /root/web.key 'web runs'; scp " + file +
           " root@a:" + file + "; " + create + " --overwrite");
    a->run("sed \"s|type=.block. device|type='file' device|; s|source dev=|source file=|; s|" + std::string(kDisk) +
           "|" + file + "|\" /root/web.xml >/root/copied.xml");
    start("copied.xml");
    b->run("guestkeyctl " + attach);
    const auto migrated = migrate("--copy-storage-all");
    EXPECT_EQ(migrated.status, 0) << migrated.error;
    expect_arrived();
    // Each host has encrypted it for itself.
    const std::string in_luks = "driver=luks,key-secret=key,file.filename=";
    const auto compared = b->try_run("virsh destroy web; scp root@a:" + file +
                                     " /root/left.img && qemu-img compare --object secret,id=key,file=/root/web.key "
                                     "--image-opts " +
                                     in_luks + "/root/left.img " + in_luks + file);
    EXPECT_EQ(compared.status, 0) << compared.output << compared.error;
}

TEST_F(Migration, IsRefusedBeforeTheGuestStopsIfTheKeyIsMissingThere) {
    const auto refused = migrate();
    EXPECT_NE(refused.status, 0);
    EXPECT_THAT(refused.error, HasSubstr(volume));
    expect_stayed();
}

TEST_F(Migration, TakesAGuestWhoseKeysTheHostsHandOverSealed) {
    a->run("guestkeyctl -H root@b cert >/root/b.pem; printf '[Sealing]\\nTrustedHost=%s\\n' "
           "$(openssl x509 -in /root/b.pem -noout -fingerprint -sha256 | cut -d= -f2) "
           ">/etc/guestkeyd.conf.d/b.conf; systemctl restart guestkeyd");
    a->run("guestkeyctl export " + guest +
           " --recipient=/root/b.pem >/root/envelope; "
           "guestkeyctl -H root@b import </root/envelope; scp /root/envelope root@b:/root");
    EXPECT_EQ(b->try_run("grep -qFf /root/web.key /root/envelope").status, 1);
    const auto migrated = migrate();
    EXPECT_EQ(migrated.status, 0) << migrated.error;
    expect_arrived();
}

TEST_F(Migration, LeavesTheGuestAndItsKeysWhereTheyAreWhenTheNetworkIsCut) {
    b->run("guestkeyctl " + attach);
    migrate_slowly();
    b->unplug_network();
    EXPECT_TRUE(a->comes_true("! pgrep -x virsh"));
    expect_stayed();
}

TEST_F(Migration, LeavesTheGuestAndItsKeysWhereTheyAreWhenTheOtherHostLosesPower) {
    b->run("guestkeyctl " + attach);
    migrate_slowly();
    b->power_cut();
    EXPECT_TRUE(a->comes_true("! pgrep -x virsh"));
    expect_stayed();
    b->boot();
    EXPECT_THAT(keys_in_kernel(*b), IsEmpty());
}

TEST_F(Migration, LeavesNoKeyInTheMemoryOfTheAgent) {
    const auto key = b->run("cat /root/web.key");
    EXPECT_THAT(owners_of(*a, key), Not(IsEmpty())); // QEMU's, for one
    b->run("guestkeyctl " + attach);
    EXPECT_EQ(migrate().status, 0);
    expect_arrived();
    const auto owners = owners_of(*a, key);
    std::cout << "the key is in the memory of the host it left " << owners.size() << " times\n";
    for (const auto& owner : owners) {
        std::cout << "  " << owner << '\n';
        EXPECT_THAT(owner, Not(HasSubstr("guestkeyd")));
    }
}

TEST_F(Migration, HasItsKeysFromBusctlAsWell) {
    a->run("virsh destroy web");
    EXPECT_TRUE(a->comes_true("! guestkeyctl list --no-legend | grep -q " + guest));
    const auto output = b->run(R"(set -e
        agent="org.guestkeyd1 /org/guestkeyd1 org.guestkeyd1.Manager"
        reply=$(busctl -H root@a call $agent GetHostCertificate)
        reply=${reply#*\"} && printf %b "${reply%\"*}" >/root/host.pem
        { printf 'guestkeyd-envelope 1\nguest %s\nexpires %s\n' )" +
                               guest + R"( $(($(date +%s) + 300))
          printf 'volume %s\nkey ' )" +
                               volume + R"( && cat /root/web.key && printf '\nend\n'
        } | openssl cms -encrypt -aes-256-gcm -binary -outform DER -out /root/web.envelope /root/host.pem
        busctl -H root@a call $agent AttachSealed 'aya{sv}' $(wc -c </root/web.envelope) \
            $(od -An -v -tu1 /root/web.envelope) 0)");
    EXPECT_THAT(a->run("guestkeyctl list --no-legend"), HasSubstr(guest)) << output;
}

} // namespace

} // namespace guestkeyd::test
