// SPDX-License-Identifier: LGPL-2.1-or-later
// guestkey on one of two hosts, with all that a management server does to a guest and its volumes.
#include "vm/booted_guest.h"
#include "vm/vm_test.h"

#include <nlohmann/json.hpp>

namespace guestkeyd::test {

namespace {

using nlohmann::json;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

constexpr auto kFolder = "/srv/guests";

// A guest "web" with two volumes: one that it boots from, whose key came from elsewhere, and one that guestkey has
// made. They are in a folder of "b", which "a" mounts; guestkey is on "b", whose admin may log in as root on both.
class ManagedHosts : public testing::Test {
  protected:
    static void SetUpTestSuite() {
        const auto [left, right] = make_cable();
        const auto hosts = boot_hosts({{.name = 'a', .cables = {left}}, {.name = 'b', .cables = {right}}});
        a = hosts[0];
        b = hosts[1];
        b->run("mkdir " + folder + "; echo '" + folder +
               " a(rw,no_root_squash,no_subtree_check)' >/etc/exports; systemctl start nfs-server");
        a->run("mkdir " + folder);
        guestkey("init --key-file=/root/master.key");
        guestkey("host add a qemu+ssh://root@a/system");
        guestkey("host add b qemu+ssh://root@b/system");
    }
    void SetUp() override {
        mount();
        make_boot_volume();
        data = parsed("volume create a " + folder + "/data.qcow2 --size=1M --json=short")["uuid"];
        define_xml();
        expect_agree("");
        guestkey("guest setup web --host=a --xml=/root/web.xml");
        expect_agree("a");
    }
    void TearDown() override {
        guestkey("guest destroy web");
        expect_agree("");
        for (const auto& volume : {boot, data})
            guestkey("volume forget " + volume);
        b->run("rm " + folder + "/*");
    }

    static void mount() { a->run("mountpoint -q " + folder + " || mount -t nfs4 b:" + folder + " " + folder); }
    static Finished try_guestkey(const std::string& arguments) { return b->try_run("guestkey " + arguments); }
    static std::string guestkey(const std::string& arguments) { return b->run("guestkey " + arguments); }
    static json parsed(const std::string& arguments) { return json::parse(guestkey(arguments)); }

    void make_boot_volume() {
        make_key(*b, "/root/boot.key");
        const auto file = folder + "/boot.qcow2";
        b->run("guestkeyctl volume create " + file + " --format=qcow2 --size=1M --key-file=/root/boot.key");
        b->run("/payload/tests/rig/fill " + file + " qcow2 /root/boot.key 'web runs'");
        boot = new_uuid(*b);
        guestkey("volume import b " + file + " --uuid=" + boot + " --key-file=/root/boot.key");
        b->run("rm /root/boot.key");
    }
    // The second disk is like the first.
    void define_xml() {
        b->run(
            "sed \"s|@NAME@|web|; s|@GUEST@|" + guest + "|; s|@SERIAL@|" + serial +
            "|\" /payload/tests/rig/guest.xml >/root/one.xml; disk() { sed -n '/<disk/,/<.disk>/p' /root/one.xml | sed "
            "\"s|@DISK@|" +
            folder + "/$1.qcow2|; s|@VOLUME@|$2|; s|vda|$3|\"; }; { sed '/<disk/,$d' /root/one.xml; disk boot " + boot +
            " vda; disk data " + data + " vdb; sed '1,/<.disk>/d' /root/one.xml; } >/root/web.xml");
    }

    // The database, the agents and the libvirts of both hosts say the same: who has the guest, and that nobody else has
    // keys of it; and each key in the database opens its volume.
    void expect_agree(const std::string& on) const {
        const auto guests = parsed("guest list --json=short");
        ASSERT_EQ(guests.size(), on.empty() ? 0U : 1U) << guests;
        if (!on.empty()) {
            EXPECT_EQ(guests[0]["host"], on);
            EXPECT_EQ(guests[0]["destination"], "");
        }
        for (auto* const host : {a, b}) {
            const bool has_it = host->name() == on;
            SCOPED_TRACE("host " + host->name());
            EXPECT_EQ(host->run("virsh list --all --uuid"), has_it ? guest + "\n" : "");
            EXPECT_EQ(uuids(host->run("guestkeyctl list --json=short")), has_it ? guest + "\n" : "");
            EXPECT_EQ(keys_in_kernel(*host).empty(), !has_it);
        }
        for (const auto& volume : {boot, data})
            EXPECT_THAT(guestkey("volume test " + volume), HasSubstr("the current key opens"));
    }
    static std::string uuids(const std::string& list) {
        std::string all;
        for (const auto& each : json::parse(list))
            all += each["uuid"].get<std::string>() + "\n";
        return all;
    }
    static std::string states_of_keys(const std::string& volume) {
        std::string all;
        const auto shown = parsed("volume show --json=short " + volume);
        for (const auto& key : shown["keys"])
            all += key["state"].get<std::string>() + " ";
        return all;
    }

    static void start(Host& host) {
        host.run("rm -f " + serial + "; virsh start web");
        EXPECT_TRUE(host.comes_true("grep -q 'web runs' " + serial));
    }

    static Host* a;
    static Host* b;
    static inline const std::string folder = kFolder;
    static inline const std::string guest = "3b0a6e2c-5a0f-4c55-9a3e-0f6b0a7d1c42";
    static inline const std::string serial = "/var/log/libvirt/qemu/web.serial";
    std::string boot; // volumes
    std::string data;
};

Host* ManagedHosts::a = nullptr;
Host* ManagedHosts::b = nullptr;

TEST_F(ManagedHosts, AgreeWithTheDatabaseAtEachStepOfAGuestsLife) {
    guestkey("policy set " + boot + " --rekey-after-migration");
    start(*a);
    expect_agree("a");

    guestkey("guest migrate web --to=b");
    expect_agree("b");
    EXPECT_EQ(b->run("virsh domstate web"), "running\n");
    EXPECT_THAT(guestkey("status"), HasSubstr("boot.qcow2 is due"));

    b->run("guestkey run &>/root/run.log & echo $! >/root/run.pid");
    EXPECT_TRUE(b->comes_true("grep -q 'shut it down first' /root/run.log"));
    EXPECT_EQ(states_of_keys(boot), "current ");
    b->run("virsh shutdown web");
    EXPECT_TRUE(b->comes_true("guestkey volume show " + boot + " | grep 'Key: old'"));
    EXPECT_THAT(guestkey("status"), Not(HasSubstr("boot.qcow2")));
    b->run("kill $(</root/run.pid); ! grep -i error /root/run.log");
    EXPECT_EQ(states_of_keys(boot), "current old ");
    EXPECT_EQ(states_of_keys(data), "current ");
    expect_agree("b");

    start(*b);
    expect_agree("b");
}

// In mid migration; afterwards it is where it was, and may be moved.
TEST_F(ManagedHosts, AgreeInTheEndWhenTheOneThatTheGuestLeavesLosesPower) {
    start(*a);
    a->run("virsh migrate-setspeed web 1");
    b->run("guestkey guest migrate web --to=b &>/root/migration &");
    ASSERT_TRUE(b->comes_true("virsh list --all --name | grep -qx web"));
    a->power_cut();
    EXPECT_TRUE(b->comes_true("! pgrep -x guestkey")) << b->run("cat /root/migration");
    EXPECT_NE(try_guestkey("guest migrate web --to=b").status, 0);
    a->boot();
    mount();
    EXPECT_THAT(keys_in_kernel(*a), IsEmpty());
    guestkey("guest migrate web --to=b");
    expect_agree("b");
    start(*b);
}

} // namespace

} // namespace guestkeyd::test
