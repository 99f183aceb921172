// SPDX-License-Identifier: LGPL-2.1-or-later
// libvirtd calls hooks with locks held, at times from its main loop, at times before it answers anybody: whoever asks
// it something meanwhile, and waits, stops it for good.
#include "host/host_test.h"
#include "support/key_fd.h"

#include <filesystem>
#include <map>

namespace guestkeyd::test {

namespace {

class Deadlock : public HostTest {
  protected:
    static std::string xml_of(const LibvirtGuest& of) { return virsh({"dumpxml", of.name()}).output; }
    [[nodiscard]] Answer hook(const LibvirtGuest& of, const char* operation, const std::string& xml) const {
        Call call(root, {kManagerPath, kManagerInterface, "GuestHook"});
        return call.with("ssssh", of.uuid().c_str(), operation, "begin", "-", pipe_with(xml).get()).answer();
    }

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
    EXPECT_TRUE(wait_until([this] { return guest.state() == "running"; }));
    EXPECT_TRUE(guest.boots());
}

// As libvirtd would for its autostart guests, and for others.
TEST_F(Deadlock, IsAvoidedForWhateverGuestButOnlyThoseThatLibvirtdStartsAreStartedLater) {
    const LibvirtGuest other{"started by hand"};
    const LibvirtGuest comer{"from elsewhere"};
    for (const auto* each : {&guest, &other, &comer})
        attach(*each);
    for (const auto* each : {&guest, &comer})
        ASSERT_EQ(virsh({"autostart", each->name()}).status, 0);
    const std::map<const LibvirtGuest*, std::string> xml{
        {&guest, xml_of(guest)}, {&other, xml_of(other)}, {&comer, xml_of(comer)}};
    libvirtd("stop");
    EXPECT_TRUE(comes_to_be(guest, kUnknown));
    EXPECT_TRUE(hook(comer, "migrate", xml.at(&comer)).ok());
    for (const auto* each : {&guest, &other, &comer}) {
        const auto answer = hook(*each, "prepare", xml.at(each));
        EXPECT_EQ(short_name(answer), "LibvirtUnavailable") << answer;
    }
    libvirtd("start");
    EXPECT_TRUE(hears_libvirt());
    EXPECT_TRUE(wait_until([this] { return guest.state() == "running"; }));
    // Answered after all that was asked of libvirt before.
    EXPECT_TRUE(check_guest(root, guest.uuid()).answer().ok());
    EXPECT_EQ(other.state(), "shut off");
    EXPECT_EQ(comer.state(), "shut off");
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
