// SPDX-License-Identifier: LGPL-2.1-or-later
// guestkey run, with plain virsh beside it.
#include "host/guestkey_host.h"

#include <csignal>

namespace guestkeyd::test {

namespace {

// As if the host had been booted anew: the kernel's boot_id is another one here. The keys are to be lost by the test.
class AnotherBoot {
  public:
    AnotherBoot() {
        write_file(dir_ / "boot_id", "5b0c1c2e-7a53-4b71-9a4e-1f2d3c4b5a69\n");
        EXPECT_EQ(run({"mount", "--bind", dir_ / "boot_id", kFile}).status, 0);
    }
    AnotherBoot(const AnotherBoot&) = delete;
    AnotherBoot& operator=(const AnotherBoot&) = delete;
    ~AnotherBoot() { EXPECT_EQ(run({"umount", kFile}).status, 0); }

  private:
    static constexpr auto kFile = "/proc/sys/kernel/random/boot_id";
    TempDir dir_;
};

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

// Of libvirt's client it gets one when libvirtd is killed at a bad moment.
TEST_F(HostGuestkey, RunningIsNotEndedByABrokenPipe) {
    auto server = serve();
    ASSERT_TRUE(says("host here is served"));
    server.signal(SIGPIPE);
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

TEST_F(HostGuestkey, RunningGivesAHostThatWasRebootedItsKeysAgain) {
    const LibvirtGuest guest("web", {.defined = false});
    const LibvirtGuest gone("gone", {.defined = false});
    set_up(guest);
    set_up(gone);
    ASSERT_EQ(gone.undefine().status, 0);
    ASSERT_TRUE(purge_all(root).answer().ok());
    const AnotherBoot boot;
    auto server = serve();
    EXPECT_TRUE(says("was rebooted, and got the keys of guest web"));
    EXPECT_EQ(guest.start().status, 0);
    EXPECT_FALSE(has_keys(gone));
}

TEST_F(HostGuestkey, RunningGivesARebootedHostItsKeysThatHasSomeAgainAlready) {
    const LibvirtGuest first("first", {.defined = false});
    const LibvirtGuest second("second", {.defined = false});
    set_up(first);
    set_up(second);
    ASSERT_TRUE(purge_all(root).answer().ok());
    const AnotherBoot boot;
    attach(first);
    auto server = serve();
    EXPECT_TRUE(wait_until([&] { return has_keys(second); })) << log();
}

TEST_F(HostGuestkey, RunningBringsNoKeysBackToAGuestThatWasDestroyed) {
    const LibvirtGuest guest("web", {.defined = false});
    const LibvirtGuest other("other", {.defined = false});
    set_up(guest);
    ASSERT_EQ(guest.start().status, 0);
    ASSERT_EQ(guest.destroy().status, 0);
    ASSERT_TRUE(wait_until([&] { return !has_keys(guest); }));
    auto server = serve();
    ASSERT_TRUE(says("host here is served"));
    agent.restart();
    know_disk_of(other);
    other.define();
    EXPECT_EQ(other.start().status, 0) << log(); // the server has seen the new agent, for it has answered that
    EXPECT_FALSE(has_keys(guest));
    EXPECT_EQ(guest.start().status, 0) << log();
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
