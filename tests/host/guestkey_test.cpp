// SPDX-License-Identifier: LGPL-2.1-or-later
// guestkey with a real libvirt host: volumes, and guests that boot from them.
#include "host/guestkey_host.h"
#include "support/random_kills.h"

namespace guestkeyd::test {

namespace {

TEST_F(HostGuestkey, SetsUpAGuestThatThenStartsWithNobodysHelp) {
    const LibvirtGuest guest("web", {.defined = false});
    set_up(guest);
    EXPECT_EQ(guest.state(), "shut off");
    const auto started = guest.start();
    ASSERT_EQ(started.status, 0) << started.error;
    EXPECT_TRUE(guest.boots());
    EXPECT_TRUE(comes_to_be(guest, kRunning));
}

TEST_F(HostGuestkey, MakesAVolumeThatAGuestUses) {
    const LibvirtGuest guest("web", {.disk = Disk::Missing, .defined = false});
    const auto made = guestkey("volume create here " + guest.disk() + " --size=1M --json=short");
    ASSERT_EQ(made.status, 0) << made.error;
    const auto uuid = made.output.substr(made.output.find("\"uuid\":\"") + 8, 36);
    auto xml = read_file(guest.file("guest.xml"));
    xml.replace(xml.find(guest.volume()), guest.volume().size(), uuid);
    write_file(guest.file("guest.xml"), xml);
    expect("guest setup web --host=here --xml=" + guest.file("guest.xml").string(), 0, "with 1 key");
    const auto started = guest.start(); // QEMU opens the disk, which nothing boots from
    ASSERT_EQ(started.status, 0) << started.error;
    EXPECT_TRUE(comes_to_be(guest, kRunning));
}

TEST_F(HostGuestkey, SetsUpAGuestThatLibvirtKnowsAlready) {
    const LibvirtGuest guest("web");
    know_disk_of(guest);
    expect("guest setup web --host=here", 0, "with 1 key");
    EXPECT_EQ(guest.start().status, 0);
    EXPECT_TRUE(guest.boots());
}

TEST_F(HostGuestkey, RefusesAGuestWithAVolumeThatItHasNoKeyOf) {
    const LibvirtGuest guest("web", {.defined = false});
    expect("guest setup web --host=here --xml=" + guest.file("guest.xml").string(), 4, guest.volume());
    EXPECT_EQ(guest.state(), "");
}

TEST_F(HostGuestkey, DestroysAGuestAndItsKeysAndKeepsThoseOfItsVolumes) {
    const LibvirtGuest guest("web", {.defined = false});
    set_up(guest);
    ASSERT_EQ(guest.start().status, 0);
    expect("guest destroy web", 0, "its keys are gone from here");
    EXPECT_EQ(guest.state(), "");
    EXPECT_FALSE(has_keys(guest));
    expect("volume test " + guest.volume(), 0, "the current key opens");
    expect("guest destroy web", 4, "no guest 'web'");
}

TEST_F(HostGuestkey, RekeysTheVolumeOfAGuestThatIsOffAndItStartsWithTheNewKey) {
    const LibvirtGuest guest("web", {.defined = false});
    set_up(guest);
    ASSERT_EQ(guest.start().status, 0);
    ASSERT_TRUE(guest.boots()); // or it does not hear that it is to shut down
    ASSERT_TRUE(comes_to_be(guest, kRunning));
    expect("volume rekey " + guest.volume(), 5, "guest 'web' runs with volume");
    ASSERT_EQ(virsh({"shutdown", "web"}).status, 0);
    ASSERT_TRUE(comes_to_be(guest, kPresent));
    expect("volume rekey " + guest.volume(), 0, "has a new key");
    ASSERT_EQ(guest.start().status, 0);
    EXPECT_TRUE(guest.boots());
}

TEST_F(HostGuestkey, KilledWhileItSetsUpOrDestroysAGuestEndsWellTheSecondTime) {
    const LibvirtGuest guest("web", {.defined = false});
    know_disk_of(guest);
    const auto set_up = "guest setup web --host=here --xml=" + guest.file("guest.xml").string();
    RandomKills setups(20);
    RandomKills destructions(20);
    setups.take_time_of(command(set_up));
    EXPECT_EQ(guest.start().status, 0);
    destructions.take_time_of(command("guest destroy web"));
    for (unsigned round = 0; round < setups.rounds(); ++round) {
        setups.run_and_kill(command(set_up));
        expect("volume test " + guest.volume(), 0, "the current key opens");
        expect(set_up, 0, "with 1 key");
        EXPECT_EQ(guest.start().status, 0);
        destructions.run_and_kill(command("guest destroy web"));
        const auto again = guestkey("guest destroy web");
        EXPECT_TRUE(again.status == 0 || again.status == 4) << again.error;
        EXPECT_EQ(guest.state(), "");
        EXPECT_FALSE(has_keys(guest));
        expect("volume test " + guest.volume(), 0, "the current key opens");
    }
}

} // namespace

} // namespace guestkeyd::test
