// SPDX-License-Identifier: LGPL-2.1-or-later
#include "sealing/envelope.h"
#include "sealing_openssl.h"

#include <climits>
#include <sys/stat.h>
#include <unistd.h>

namespace guestkeyd::test {
namespace {

mode_t mode_of(const std::filesystem::path& file) {
    struct stat status {};
    return stat(file.c_str(), &status) == 0 ? status.st_mode & 07777 : 0;
}

struct HostIdentityFiles : testing::Test {
    TempDir dir;
    HostKeyFiles files = host_key_files(dir);
    std::filesystem::path previous = dir / "host-key.previous.pem";

    [[nodiscard]] std::string why_not() const {
        return refusal(ErrorCode::InvalidArgs, [&] { HostIdentity::load(files); });
    }
    // Whether an envelope that is sealed to the certificate is opened.
    static std::string open(const HostIdentity& identity, const std::string& certificate) {
        const auto sealed = seal(certificate, SecretBuffer::copy_of("one\n"));
        try {
            return std::string(open_envelope(identity, sealed).view());
        } catch (const Failure& failure) {
            return failure.message();
        }
    }
};

TEST_F(HostIdentityFiles, AreMadeAtFirstUseAndKept) {
    const auto identity = HostIdentity::load(files);
    EXPECT_EQ(mode_of(files.key), 0600U);
    EXPECT_EQ(mode_of(files.certificate), 0644U);
    EXPECT_EQ(read_file(files.certificate), identity.certificate_pem());
    EXPECT_EQ(HostIdentity::load(files).certificate_pem(), identity.certificate_pem());
    EXPECT_EQ(open(HostIdentity::load(files), identity.certificate_pem()), "one\n");
    EXPECT_EQ(std::distance(std::filesystem::directory_iterator(dir.path()), {}), 2);
}

TEST_F(HostIdentityFiles, HaveTheirModesWhateverTheUmask) {
    const auto mask = umask(0777);
    HostIdentity::load(files);
    umask(mask);
    EXPECT_EQ(mode_of(files.key), 0600U);
    EXPECT_EQ(mode_of(files.certificate), 0644U);
}

TEST_F(HostIdentityFiles, CertificateNamesTheHostAndIsForKeyAgreementForTenYears) {
    HostIdentity::load(files);
    std::string host(HOST_NAME_MAX + 1, '\0');
    ASSERT_EQ(gethostname(host.data(), host.size()), 0);
    const auto text = openssl({"x509", "-in", files.certificate, "-noout", "-text", "-nameopt", "RFC2253"});
    expect_says(text, "Subject: CN=" + std::string(host.c_str()));
    expect_says(text, "Issuer: CN=" + std::string(host.c_str()));
    expect_says(text, "Key Agreement");
    expect_says(text, "CA:FALSE");
    expect_says(text, "NIST CURVE: P-256");
    const auto nine_years = std::to_string(9 * 365 * 86400);
    EXPECT_NO_THROW(openssl({"x509", "-in", files.certificate, "-noout", "-checkend", nine_years}));
    const auto eleven_years = std::to_string(11 * 365 * 86400);
    EXPECT_ANY_THROW(openssl({"x509", "-in", files.certificate, "-noout", "-checkend", eleven_years}));
}

TEST_F(HostIdentityFiles, OfTwoHostsDifferInKeyAndSerialNumber) {
    const TempDir other;
    HostIdentity::load(files);
    HostIdentity::load(host_key_files(other));
    for (const auto* what : {"-serial", "-pubkey"})
        EXPECT_NE(openssl({"x509", "-noout", what, "-in", files.certificate}),
                  openssl({"x509", "-noout", what, "-in", host_key_files(other).certificate}));
}

TEST_F(HostIdentityFiles, ThatOthersCanReadOrWriteAreRefused) {
    HostIdentity::load(files);
    for (const mode_t mode : {0640U, 0604U, 0660U}) {
        chmod(files.key.c_str(), mode);
        expect_says(why_not(), "host-key.pem can be read by others than its owner");
    }
    chmod(files.key.c_str(), 0400);
    chmod(files.certificate.c_str(), 0664);
    expect_says(why_not(), "host-cert.pem can be written by others than its owner");
    chmod(files.certificate.c_str(), 0444);
    EXPECT_EQ(why_not(), "taken");
    ASSERT_EQ(chown(files.key.c_str(), 65534, 65534), 0);
    expect_says(why_not(), "host-key.pem belongs to another user");
}

TEST_F(HostIdentityFiles, ThatAreNotKeyAndCertificateAreRefused) {
    HostIdentity::load(files);
    const auto key = read_file(files.key);
    write_file(files.key, "no key");
    expect_says(why_not(), "host-key.pem holds no private key in PEM");
    write_file(files.key, key);
    write_file(files.certificate, "no certificate");
    expect_says(why_not(), "host-cert.pem is not a certificate in PEM");
    std::filesystem::remove(files.certificate);
    ASSERT_EQ(mkfifo(files.certificate.c_str(), 0600), 0);
    expect_says(why_not(), "host-cert.pem is not a file");
}

TEST_F(HostIdentityFiles, KeyWithAPassphraseOrOfAnotherKindIsRefused) {
    openssl({"genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-aes256", "-pass", "pass:known",
             "-out", files.key});
    expect_says(why_not(), "without a passphrase");
    openssl({"genpkey", "-algorithm", "RSA", "-out", files.key});
    expect_says(why_not(), "no elliptic curve key");
}

TEST_F(HostIdentityFiles, OfTheSiteAreUsedAsTheyAre) {
    make_ca(dir, "ca");
    make_signed_pair(dir, "host", "ca");
    const auto certificate = read_file(files.certificate);
    auto identity = HostIdentity::load(files);
    EXPECT_EQ(identity.certificate_pem(), certificate);
    EXPECT_EQ(open(identity, certificate), "one\n");
    expect_says(refusal(ErrorCode::Unsupported, [&] { identity.rotate(); }), "was issued by '/CN=ca'; put a new pair");
}

TEST_F(HostIdentityFiles, ThatDoNotBelongTogetherAreRefused) {
    make_pair(dir, "other");
    HostIdentity::load(files);
    std::filesystem::copy_file(dir / "other-cert.pem", files.certificate,
                               std::filesystem::copy_options::overwrite_existing);
    expect_says(why_not(), "is not for the key in");
    std::filesystem::remove(files.key);
    expect_says(why_not(), "but no key in");
}

TEST_F(HostIdentityFiles, KeyThatACrashLeftAloneGetsItsCertificate) {
    const auto old = HostIdentity::load(files).certificate_pem();
    const auto key = read_file(files.key);
    std::filesystem::remove(files.certificate);
    const auto identity = HostIdentity::load(files);
    EXPECT_EQ(read_file(files.key), key);
    EXPECT_EQ(open(identity, identity.certificate_pem()), "one\n");
    EXPECT_NE(identity.certificate_pem(), old);
}

TEST_F(HostIdentityFiles, HalfWrittenOnesOfACrashAreReplaced) {
    write_file(dir / "host-key.pem.new", "-----BEGIN PRIV");
    HostIdentity::load(files);
    EXPECT_FALSE(std::filesystem::exists(dir / "host-key.pem.new"));
}

TEST_F(HostIdentityFiles, RotatedOpenWhatWasSealedBeforeOnce) {
    auto identity = HostIdentity::load(files);
    const auto first = identity.certificate_pem();
    identity.rotate();
    const auto second = identity.certificate_pem();
    EXPECT_NE(first, second);
    EXPECT_EQ(mode_of(previous), 0600U);
    EXPECT_EQ(mode_of(files.key), 0600U);
    for (const auto& each : {identity, HostIdentity::load(files)}) {
        EXPECT_EQ(each.certificate_pem(), second);
        EXPECT_EQ(open(each, second), "one\n");
        EXPECT_EQ(open(each, first), "one\n");
    }
    identity.rotate();
    for (const auto& each : {identity, HostIdentity::load(files)}) {
        EXPECT_EQ(open(each, second), "one\n");
        expect_says(open(each, first), "not sealed to this host");
    }
}

TEST_F(HostIdentityFiles, RotationThatACrashInterruptedIsFinished) {
    auto identity = HostIdentity::load(files);
    const auto first = identity.certificate_pem();
    const auto first_key = read_file(files.key);
    identity.rotate();
    const auto second_key = read_file(files.key);
    write_file(files.certificate, first); // the key was replaced, its certificate not yet
    const auto finished = HostIdentity::load(files);
    EXPECT_EQ(read_file(files.key), second_key);
    EXPECT_EQ(open(finished, first), "one\n");
    EXPECT_EQ(open(finished, finished.certificate_pem()), "one\n");
    write_file(files.key, first_key); // nothing but the copy of the old pair was written
    write_file(files.certificate, first);
    EXPECT_EQ(HostIdentity::load(files).certificate_pem(), first);
}

} // namespace
} // namespace guestkeyd::test
