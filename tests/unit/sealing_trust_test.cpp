// SPDX-License-Identifier: LGPL-2.1-or-later
#include "sealing/trust.h"
#include "sealing_refusal.h"

#include <algorithm>

namespace guestkeyd::test {
namespace {

struct Trust : testing::Test {
    TempDir dir;

    Trust() {
        make_ca(dir, "ca");
        make_ca(dir, "other-ca");
        make_signed_pair(dir, "host", "ca");
        make_pair(dir, "unknown");
    }
    [[nodiscard]] std::string certificate(const std::string& name) const {
        return read_file(dir / (name + "-cert.pem"));
    }
    // Empty if it is trusted.
    [[nodiscard]] std::string why_not(const std::string& name, const TrustedHosts& trusted) const {
        try {
            require_trusted(certificate(name), trusted);
            return "";
        } catch (const Failure& failure) {
            EXPECT_EQ(failure.code(), ErrorCode::NotTrusted) << failure.message();
            return failure.message();
        }
    }
    [[nodiscard]] std::string by_command(const std::string& name) const {
        return fingerprint_of(dir / (name + "-cert.pem"));
    }
};

TEST_F(Trust, IsInCertificatesOfAConfiguredCa) {
    EXPECT_EQ(why_not("host", {dir / "ca-cert.pem", {}}), "");
    write_file(dir / "both.pem", certificate("other-ca") + certificate("ca"));
    EXPECT_EQ(why_not("host", {dir / "both.pem", {}}), "");
}

TEST_F(Trust, IsInCertificatesOfAFolderOfCas) {
    std::filesystem::create_directory(dir / "cas");
    write_file(dir / "cas/README", "not a certificate");
    expect_says(why_not("host", {dir / "cas", {}}), "unable to get local issuer certificate");
    write_file(dir / "cas/site.crt", certificate("other-ca"));
    write_file(dir / "cas/site.pem", certificate("ca"));
    EXPECT_EQ(why_not("host", {dir / "cas", {}}), "");
}

TEST_F(Trust, IsNotInCertificatesOfOthers) {
    const auto why = why_not("host", {dir / "other-ca-cert.pem", {}});
    expect_says(why, "the certificate of '/CN=host' is not trusted: unable to get local issuer certificate; have a CA");
    expect_says(why, certificate_fingerprint(certificate("host")));
    expect_says(why_not("host", {}), "unable to get local issuer certificate");
    expect_says(why_not("unknown", {dir / "ca-cert.pem", {}}), "self-signed certificate");
}

TEST_F(Trust, IsNotInACaOfTheSameNameWithAnotherKey) {
    const TempDir twin;
    make_ca(twin, "ca");
    EXPECT_NE(why_not("host", {twin / "ca-cert.pem", {}}), "");
}

TEST_F(Trust, IsNotInCertificatesThatHostsIssue) {
    make_signed_pair(dir, "guest", "host");
    write_file(dir / "chain.pem", certificate("ca") + certificate("host"));
    expect_says(why_not("guest", {dir / "chain.pem", {}}), "not trusted");
}

TEST_F(Trust, EndsWithTheCertificate) {
    make_signed_pair(dir, "old", "ca", "20200201");
    expect_says(why_not("old", {dir / "ca-cert.pem", {}}), "certificate has expired");
    EXPECT_EQ(why_not("old", {dir / "ca-cert.pem", {by_command("old")}}), "");
}

TEST_F(Trust, IsInPinnedCertificatesHoweverTheFingerprintIsWritten) {
    auto plain = by_command("unknown");
    std::erase(plain, ':');
    EXPECT_EQ(why_not("unknown", {{}, {by_command("unknown")}}), "");
    EXPECT_EQ(why_not("unknown", {{}, {by_command("host"), plain}}), "");
    EXPECT_EQ(why_not("unknown", {{}, {certificate_fingerprint(certificate("unknown"))}}), "");
    expect_says(why_not("unknown", {{}, {by_command("host")}}), "not trusted");
}

TEST_F(Trust, CannotBeJudgedByWhatCannotBeRead) {
    const auto invalid = [&](const std::string& pem, const TrustedHosts& trusted) {
        return refusal(ErrorCode::InvalidArgs, [&] { require_trusted(pem, trusted); });
    };
    expect_says(invalid(certificate("host"), {dir / "none.pem", {}}), "none.pem");
    expect_says(invalid(certificate("host"), {dir / "host-key.pem", {}}), "host-key.pem");
    expect_says(invalid(certificate("host"), {{}, {"ab:cd"}}), "'ab:cd' is not the SHA-256 fingerprint");
    expect_says(invalid("no certificate", {}), "not a certificate in PEM");
    expect_says(invalid(certificate("ca"), {dir / "ca-cert.pem", {}}), "not for key agreement");
}

} // namespace
} // namespace guestkeyd::test
