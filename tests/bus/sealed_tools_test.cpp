// SPDX-License-Identifier: LGPL-2.1-or-later
// guestkeyctl cert, seal, export and import.
#include "bus_test.h"
#include "support/openssl.h"
#include "support/sealed_calls.h"

namespace guestkeyd::test {

namespace {

class SealedTools : public BusTest {
  protected:
    [[nodiscard]] Finished guestkeyctl(const std::string& arguments) const { return shell(ctl + " " + arguments); }
    // In the test's folder, with the certificate of the host in host.pem and two keys in "keys".
    [[nodiscard]] Finished shell(const std::string& line) const {
        return run({"bash", "-o", "pipefail", "-c", "cd " + dir.path().string() + "; " + line}, bus.environment());
    }
    void SetUp() override {
        ASSERT_EQ(guestkeyctl("cert >host.pem").status, 0);
        write_file(dir / "keys", "one\ntwo\n");
    }
    static void expect_fails(const Finished& finished, int status, const std::string& words) {
        EXPECT_EQ(finished.status, status) << finished.error;
        EXPECT_NE(finished.error.find(words), std::string::npos) << finished.error;
    }
    [[nodiscard]] std::string seal(const std::string& options) const {
        return "seal " + guest + " " + volume + " " + other_volume +
               ",usage-type=ceph,usage-id=client.admin --key-file=keys --recipient=host.pem " + options;
    }

    const std::string ctl = GUESTKEYCTL_PROGRAM;
    const TempDir dir;
};

TEST_F(SealedTools, CertShowsAndReplacesTheCertificate) {
    EXPECT_EQ(read_file(dir / "host.pem"), text_returned(get_host_certificate(root)));
    const auto rotated = guestkeyctl("cert --rotate");
    EXPECT_EQ(rotated.status, 0) << rotated.error;
    EXPECT_EQ(rotated.output, text_returned(get_host_certificate(root)));
    EXPECT_NE(rotated.output, read_file(dir / "host.pem"));
}

TEST_F(SealedTools, SealedKeysAreImportedWithTheirOptions) {
    const auto sealed = guestkeyctl(seal("--name=web --generation=7 --wipe-on=stopped --exclusive --lease=1h "
                                         "--expected-within=5min | " +
                                         ctl + " import"));
    EXPECT_EQ(sealed.status, 0) << sealed.error;
    EXPECT_EQ(sealed.output, "attached the keys from the envelope\n");
    EXPECT_EQ(agent.keys().payloads_of(guest), (std::vector<std::string>{"one", "two"}));
    EXPECT_EQ(guest_property(root, guest, "Name"), "\"web\"");
    EXPECT_EQ(guest_property(root, guest, "Generation"), "7");
    EXPECT_EQ(guest_property(root, guest, "WipeOn"), "\"stopped\"");
    EXPECT_NE(guest_property(root, guest, "LeaseExpires"), "0");
    EXPECT_NE(guest_property(root, guest, "Volumes").find("client.admin"), std::string::npos);
}

TEST_F(SealedTools, ImportSaysWhatIsInTheEnvelope) {
    ASSERT_EQ(guestkeyctl(seal(">envelope")).status, 0);
    expect_fails(guestkeyctl("import " + guest + " " + volume + " <envelope"), 11, "does not name");
    expect_fails(guestkeyctl("import " + other_guest + " " + volume + " <envelope"), 11, "not for guest");
    EXPECT_EQ(guestkeyctl("import " + guest + " " + volume + " " + other_volume + " <envelope").status, 0);
}

TEST_F(SealedTools, EnvelopesOfAnOldCertificateAreRefused) {
    ASSERT_EQ(guestkeyctl(seal(">envelope")).status, 0);
    ASSERT_EQ(guestkeyctl("cert --rotate").status, 0);
    expect_fails(guestkeyctl("import <envelope"), 11, "fetch the certificate anew");
}

TEST_F(SealedTools, ExportedKeysAreImported) {
    const PrivateBus other_bus;
    const AgentProcess other(other_bus.address(), {.sealing = {{"TrustedHost", fingerprint_of(dir / "host.pem")}}});
    const auto there = "DBUS_SYSTEM_BUS_ADDRESS=" + other_bus.address() + " " + ctl + " ";
    ASSERT_EQ(shell(there + "attach " + guest + " --name=web " + volume + " " + other_volume + " <keys").status, 0);
    const auto all = shell(there + "export web --recipient=host.pem | " + ctl + " import");
    EXPECT_EQ(all.status, 0) << all.error;
    EXPECT_EQ(agent.keys().payloads_of(guest), (std::vector<std::string>{"one", "two"}));
    ASSERT_EQ(guestkeyctl("purge " + guest).status, 0);
    const auto one = shell(there + "export web " + other_volume + " --recipient=- <host.pem | " + ctl + " import");
    EXPECT_EQ(one.status, 0) << one.error;
    EXPECT_EQ(agent.keys().payloads_of(guest), std::vector<std::string>{"two"});
}

TEST_F(SealedTools, ExportIsRefusedForAHostThatIsNotTrusted) {
    attach(guest, {volume});
    expect_fails(guestkeyctl("export " + guest + " --recipient=host.pem >envelope"), 12, "is not trusted");
    EXPECT_EQ(read_file(dir / "envelope"), "");
}

TEST_F(SealedTools, SealRefusesWhatItCannotSeal) {
    expect_fails(guestkeyctl("seal " + guest + " " + volume + " --key-file=keys >envelope"), 2, "--recipient=FILE");
    expect_fails(guestkeyctl("seal " + guest + " " + volume + " --key-file=keys --recipient=keys >envelope"), 2,
                 "key file 'keys' has 2 lines for 1 key");
    write_file(dir / "key", "one");
    expect_fails(guestkeyctl("seal " + guest + " " + volume + " --key-file=key --recipient=key >envelope"), 2,
                 "not a certificate in PEM");
    expect_fails(guestkeyctl("seal web " + volume + " --key-file=key --recipient=host.pem >envelope"), 2, "'web'");
    expect_fails(guestkeyctl(seal("--name=$'two\\nlines' >envelope")), 2, "name has several lines");
    expect_fails(guestkeyctl("seal " + guest + " " + volume + " --recipient=none.pem >envelope"), 2,
                 "cannot read a certificate from 'none.pem'");
    EXPECT_EQ(read_file(dir / "envelope"), "");
}

} // namespace

} // namespace guestkeyd::test
