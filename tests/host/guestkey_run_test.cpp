// SPDX-License-Identifier: LGPL-2.1-or-later
// guestkey run, with plain virsh beside it.
#include "host/guestkey_host.h"

#include <csignal>

namespace guestkeyd::test {

namespace {

TEST_F(HostGuestkey, RunningAnswersPlainVirsh) {
    const LibvirtGuest guest("web");
    know_disk_of(guest);
    auto server = serve();
    ASSERT_TRUE(says("host here is served"));
    const auto started = guest.start();
    ASSERT_EQ(started.status, 0) << started.error << log();
    EXPECT_TRUE(guest.boots());
    ASSERT_EQ(guest.destroy().status, 0);
    EXPECT_TRUE(wait_until([&] { return !has_keys(guest); }));
    EXPECT_EQ(guest.start().status, 0) << log();
    EXPECT_EQ(server.end(SIGTERM), 0);
}

TEST_F(HostGuestkey, RunningGivesNoKeyOfAGuestToAnother) {
    const LibvirtGuest guest("web", {.defined = false});
    const LibvirtGuest thief("thief", {.defined = false});
    set_up(guest);
    auto xml = read_file(thief.file("guest.xml"));
    xml.replace(xml.find(thief.volume()), thief.volume().size(), guest.volume());
    write_file(thief.file("guest.xml"), xml);
    thief.define();
    auto server = serve();
    ASSERT_TRUE(says("host here is served"));
    EXPECT_NE(thief.start().status, 0);
    EXPECT_TRUE(says("belongs to guest 'web'"));
}

TEST_F(HostGuestkey, RunningGivesAHostThatLostAllKeysItsKeysAgain) {
    const LibvirtGuest guest("web", {.defined = false});
    set_up(guest);
    ASSERT_TRUE(purge_all(root).answer().ok());
    ASSERT_FALSE(has_keys(guest));
    auto server = serve();
    EXPECT_TRUE(wait_until([&] { return has_keys(guest); })) << log();
    EXPECT_EQ(guest.start().status, 0);
}

TEST_F(HostGuestkey, RunningRekeysByPolicyOnceTheGuestIsOff) {
    const LibvirtGuest guest("web", {.defined = false});
    set_up(guest);
    expect("policy set " + guest.volume() + " --rekey-every=1s", 0, "is rekeyed");
    auto server = serve();
    EXPECT_TRUE(wait_until([&] {
        return guestkey("volume show -j " + guest.volume()).output.find("\"old\"") != std::string::npos;
    })) << log();
    ASSERT_EQ(server.end(SIGTERM), 0);
    expect("policy set " + guest.volume(), 0, "is rekeyed: -");
    expect("volume rekey " + guest.volume(), 0, "has a new key"); // should the server have been in the middle of one
    EXPECT_EQ(guest.start().status, 0);
    EXPECT_TRUE(guest.boots());
}

} // namespace

} // namespace guestkeyd::test
