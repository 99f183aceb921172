// SPDX-License-Identifier: LGPL-2.1-or-later
// guestkey with a host that it reaches by ssh.
#include "guestkey_fixture.h"

#include "support/openssl.h"
#include "support/sealed_calls.h"
#include "support/ssh_server.h"

namespace guestkeyd::test {

namespace {

class RemoteGuestkey : public GuestkeyTest {
  protected:
    [[nodiscard]] Environment environment() const override {
        auto variables = GuestkeyTest::environment();
        variables.erase("DBUS_SYSTEM_BUS_ADDRESS"); // it has no bus but by ssh
        variables["PATH"] = ssh.path();
        return variables;
    }
    void SetUp() override {
        wait_for_libvirt();
        expect("init --key-file=master", 0, "key database made");
    }

    const SshServer ssh{{{"virt1", SshServer::bridge_to(bus.address())}}};
};

TEST_F(RemoteGuestkey, MakesAndRekeysAVolume) {
    expect("host add far test:///default --agent=root@virt1", 0, "SHA-256");
    expect("volume create far " + at("disk") + " --format=luks2 --size=8M", 0, "is there");
    expect("volume rekey " + at("disk"), 0, "has a new key");
    expect("volume test " + at("disk"), 0, "the current key opens");
}

TEST_F(RemoteGuestkey, SendsNoKeysForAnotherCertificateUntilItIsTrusted) {
    expect("host add far test:///default --agent=root@virt1", 0, "added");
    ASSERT_TRUE(rotate_host_certificate(root).answer().ok());
    expect("volume create far " + at("disk") + " --format=luks2 --size=8M", 12, "virt1");
    EXPECT_FALSE(std::filesystem::exists(at("disk")));
    expect("host trust far", 0, "SHA-256");
    expect("volume create far " + at("disk") + " --format=luks2 --size=8M", 0, "is there");
}

TEST_F(RemoteGuestkey, SendsNoKeysForACertificateThatItsCaHasNotIssued) {
    const TempDir site;
    make_ca(site, "ca");
    expect("host add far test:///default --agent=root@virt1 --ca=" + (site / "ca-cert.pem").string(), 0, "added");
    expect("volume create far " + at("disk") + " --format=luks2 --size=8M", 12, "virt1");
}

TEST_F(RemoteGuestkey, SendsNothingToAHostWithAnotherHostKeyThanSshKnows) {
    expect("host add far test:///default --agent=root@changed", 12, "its host key is not the one");
    expect("host list", 0, "No hosts");
}

TEST_F(RemoteGuestkey, SaysThatAHostCannotBeReached) {
    expect("host add far test:///default --agent=root@down", 7, "down");
    expect("host list", 0, "No hosts");
}

} // namespace

} // namespace guestkeyd::test
