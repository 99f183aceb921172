// SPDX-License-Identifier: LGPL-2.1-or-later
// Guests under libvirt and AppArmor as Debian has them, with disks that the agent's worker made in its sandbox.
#include "vm/booted_guest.h"
#include "vm/vm_test.h"

namespace guestkeyd::test {

namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

class GuestOfAHost : public testing::Test {
  protected:
    static void SetUpTestSuite() { host = &boot_host({}); }

    static void expect_runs(BootedGuest& guest) {
        const auto started = guest.start();
        ASSERT_EQ(started.status, 0) << started.error;
        EXPECT_TRUE(guest.boots());
    }
    static void expect_lives(BootedGuest& guest) {
        guest.attach();
        expect_runs(guest);
        EXPECT_TRUE(host->comes_true("! virsh secret-list | grep " + guest.volume()));
        guest.destroy();
        EXPECT_TRUE(keys_go());
    }
    static bool keys_go() {
        return wait_until([] { return keys_in_kernel(*host).empty(); });
    }

    static Host* host;
};

Host* GuestOfAHost::host = nullptr;

TEST_F(GuestOfAHost, WithAQcow2DiskRunsWithItsKeyAndLosesItWhenDestroyed) {
    BootedGuest guest(*host, "qcow2");
    expect_lives(guest);
}

TEST_F(GuestOfAHost, WithALuks1DiskRunsWithItsKeyAndLosesItWhenDestroyed) {
    BootedGuest guest(*host, "luks1", "luks1");
    expect_lives(guest);
}

TEST_F(GuestOfAHost, WithoutItsKeyIsRefusedWithAnExplanation) {
    BootedGuest guest(*host, "keyless");
    const auto refused = guest.start();
    EXPECT_NE(refused.status, 0);
    EXPECT_THAT(refused.error, HasSubstr("guestkeyd: no key of volume " + guest.volume()));
    EXPECT_THAT(host->run("virsh domstate keyless"), HasSubstr("shut off"));
}

TEST_F(GuestOfAHost, IsConfinedByAppArmorAllTheSame) {
    BootedGuest guest(*host, "confined");
    guest.attach();
    expect_runs(guest);
    EXPECT_EQ(host->run("cat /proc/$(cat /run/libvirt/qemu/confined.pid)/attr/current"),
              "libvirt-" + guest.uuid() + " (enforce)");
    EXPECT_THAT(host->run("cat /proc/$(pgrep -x libvirtd)/attr/current"), HasSubstr("(enforce)"));
    EXPECT_THAT(host->run("journalctl -k"), Not(HasSubstr("apparmor=\"DENIED\"")));
    guest.destroy();
}

// The agent, which libvirtd is started for as well, may not be connected yet at the first try.
TEST_F(GuestOfAHost, StartsOnceLibvirtdIsStartedByItsSocket) {
    BootedGuest guest(*host, "first");
    guest.attach();
    host->run("systemctl stop libvirtd.service");
    EXPECT_TRUE(host->comes_true("virsh start first"));
    EXPECT_TRUE(guest.boots());
    EXPECT_THAT(host->run("systemctl show libvirtd.service --value --property=TriggeredBy"),
                HasSubstr("libvirtd.socket"));
    guest.destroy();
    EXPECT_TRUE(keys_go());
}

TEST_F(GuestOfAHost, HasItsKeysStillWhenItIsShutDown) {
    BootedGuest guest(*host, "back");
    guest.attach();
    expect_runs(guest);
    host->run("virsh shutdown back");
    EXPECT_TRUE(host->comes_true("virsh domstate back | grep 'shut off'"));
    expect_runs(guest);
    guest.destroy();
    EXPECT_TRUE(keys_go());
}

} // namespace

} // namespace guestkeyd::test
