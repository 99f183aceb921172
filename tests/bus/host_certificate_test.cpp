// SPDX-License-Identifier: LGPL-2.1-or-later
#include "bus_test.h"
#include "support/openssl.h"
#include "support/sealed_calls.h"

#include <sys/stat.h>

namespace guestkeyd::test {

namespace {

mode_t mode_of(const std::filesystem::path& file) {
    struct stat status {};
    return stat(file.c_str(), &status) == 0 ? status.st_mode & 07777 : 0;
}

class HostCertificate : public BusTest {
  protected:
    explicit HostCertificate(const AgentOptions& options = {}) : BusTest(options) {}

    [[nodiscard]] std::string certificate() const { return text_returned(get_host_certificate(nobody)); }
    [[nodiscard]] std::string envelope() const {
        return seal_to(certificate(), EnvelopeText{guest, {{volume, "one"}}});
    }
    void expect_taken(const std::string& sealed) const {
        const auto answer = attach_sealed(root, sealed).answer();
        EXPECT_TRUE(answer.ok()) << answer;
    }
    static void expect_error(const Call& call, const std::string& error, const std::string& words) {
        const auto answer = call.answer();
        EXPECT_EQ(short_name(answer), error) << answer;
        EXPECT_NE(answer.message.find(words), std::string::npos) << answer;
    }
    void expect_no_pair(const std::string& why) const {
        expect_error(get_host_certificate(nobody), "Unsupported", why);
        expect_error(attach_sealed(root, "an envelope"), "Unsupported", why);
        expect_error(rotate_host_certificate(root), "Unsupported", why);
    }
};

TEST_F(HostCertificate, IsMadeAtTheFirstStartWithItsKeyForRootAlone) {
    EXPECT_EQ(mode_of(agent.own_pair()), 0600U);
    EXPECT_EQ(mode_of(agent.own_pair().parent_path()), 0700U);
    const auto made = certificate();
    EXPECT_NE(read_file(agent.own_pair()).find(made), std::string::npos);
    agent.restart();
    EXPECT_EQ(certificate(), made);
}

TEST_F(HostCertificate, RotatedNothingThatWasSealedBeforeIsTaken) {
    const auto old = certificate();
    const auto sealed = envelope();
    const auto fresh = text_returned(rotate_host_certificate(root));
    EXPECT_NE(fresh, old);
    EXPECT_EQ(certificate(), fresh);
    EXPECT_EQ(mode_of(agent.own_pair()), 0600U);
    expect_error(attach_sealed(root, sealed), "BadEnvelope", "fetch the certificate anew");
    expect_taken(envelope());
    agent.restart();
    EXPECT_EQ(certificate(), fresh);
    expect_error(attach_sealed(root, sealed), "BadEnvelope", "fetch the certificate anew");
}

TEST_F(HostCertificate, RotationThatCannotBeWrittenChangesNothing) {
    const auto old = certificate();
    const auto sealed = envelope();
    std::filesystem::create_directories(agent.own_pair().string() + ".new/in the way");
    expect_error(rotate_host_certificate(root), "Internal", "host.pem.new");
    EXPECT_EQ(certificate(), old);
    expect_taken(sealed);
}

TEST_F(HostCertificate, ThatCannotBeReadLeavesTheRestAtWork) {
    chmod(agent.own_pair().c_str(), 0644);
    agent.restart();
    expect_no_pair("host.pem can be read by others than its owner");
    EXPECT_NE(agent.log().find("without sealed delivery"), std::string::npos);
    attach(guest, {volume});
    EXPECT_EQ(manager_property(root, "KeyCount"), "1");
}

class CertificateOfTheSite : public HostCertificate {
  protected:
    CertificateOfTheSite() : CertificateOfTheSite(std::make_shared<TempDir>()) {}

    const std::shared_ptr<TempDir> site; // there before the agent is

  private:
    explicit CertificateOfTheSite(const std::shared_ptr<TempDir>& dir)
        : HostCertificate(
              {.sealing = {{"Key", make_site(*dir) / "host-key.pem"}, {"Certificate", *dir / "host-cert.pem"}}}),
          site(dir) {}

    static const TempDir& make_site(const TempDir& dir) {
        make_ca(dir, "ca");
        make_signed_pair(dir, "host", "ca");
        return dir;
    }
};

TEST_F(CertificateOfTheSite, IsUsedAndNoOtherMade) {
    EXPECT_EQ(certificate(), read_file(*site / "host-cert.pem"));
    EXPECT_FALSE(std::filesystem::exists(agent.own_pair()));
    expect_taken(envelope());
}

TEST_F(CertificateOfTheSite, IsNotRotated) {
    const auto before = certificate();
    expect_error(rotate_host_certificate(root), "Unsupported", "was issued by '/CN=ca' and named in guestkeyd.conf");
    EXPECT_EQ(certificate(), before);
}

TEST_F(CertificateOfTheSite, ThatIsGoneLeavesTheRestAtWork) {
    std::filesystem::remove(*site / "host-key.pem");
    agent.restart();
    expect_no_pair("there is no file " + (*site / "host-key.pem").string());
    EXPECT_FALSE(std::filesystem::exists(agent.own_pair()));
    attach(guest, {volume});
}

class KeyWithoutCertificate : public HostCertificate {
  protected:
    KeyWithoutCertificate() : HostCertificate({.sealing = {{"Key", "/nonexistent"}}}) {}
};

TEST_F(KeyWithoutCertificate, IsNoPair) {
    expect_no_pair("only one is set; give both, or neither");
    attach(guest, {volume});
}

} // namespace

} // namespace guestkeyd::test
