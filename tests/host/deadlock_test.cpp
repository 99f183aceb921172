// SPDX-License-Identifier: LGPL-2.1-or-later
// libvirtd calls hooks with locks held, at times from its main loop, at times before it answers anybody: whoever asks
// it something meanwhile, and waits, stops it for good.
#include "host/host_test.h"

#include <filesystem>

namespace guestkeyd::test {

namespace {

class Deadlock : public HostTest {
  protected:
    const LibvirtGuest guest{"locked"};
};

// libvirtd destroys the guest in its main loop when the client that started it so is gone.
TEST_F(Deadlock, NoneWhenAGuestIsDestroyedWithItsClient) {
    attach(guest);
    const auto started = virsh({"start", "--autodestroy", guest.name()});
    ASSERT_EQ(started.status, 0) << started.error;
    EXPECT_NE(signals.next("KeysPurged").text.find("destroyed"), std::string::npos);
    EXPECT_EQ(guest.state(), "shut off");
    start(guest);
}

// libvirtd starts guests that are marked so once after boot, before it answers anybody.
TEST_F(Deadlock, NoneWhenAGuestStartsWithLibvirtd) {
    attach(guest);
    ASSERT_EQ(virsh({"autostart", guest.name()}).status, 0);
    libvirtd("stop");
    ASSERT_TRUE(std::filesystem::remove("/run/libvirt/qemu/autostarted"));
    libvirtd("start");
    EXPECT_TRUE(hears_libvirt());
    EXPECT_EQ(agent.keys().keys_of(guest.uuid()).size(), 1U);
    EXPECT_TRUE(wait_until([this] { return guest.state() == "running" || guest.start().status == 0; }));
    EXPECT_TRUE(guest.boots());
}

// A hook holds the guest's lock, for which whoever lists the guests waits.
TEST_F(Deadlock, NoneWhenGuestsAreListedWhileOneStarts) {
    attach(guest);
    auto starting = guest.start_in_background();
    while (starting.running())
        EXPECT_EQ(virsh({"list", "--all"}).status, 0);
    EXPECT_EQ(starting.wait(), 0);
    EXPECT_TRUE(guest.boots());
}

} // namespace

} // namespace guestkeyd::test
