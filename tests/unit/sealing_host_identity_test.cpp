// SPDX-License-Identifier: LGPL-2.1-or-later
#include "sealing/envelope.h"
#include "sealing_refusal.h"

#include <climits>
#include <sys/stat.h>
#include <unistd.h>

namespace guestkeyd::test {
namespace {

mode_t mode_of(const std::filesystem::path& file) {
    struct stat status {};
    return stat(file.c_str(), &status) == 0 ? status.st_mode & 07777 : 0;
}

// Whether an envelope that is sealed to the certificate is opened.
std::string open(const HostIdentity& identity, const std::string& certificate) {
    const auto sealed = seal(certificate, SecretBuffer::copy_of("one\n"));
    try {
        return std::string(open_envelope(identity, sealed).view());
    } catch (const Failure& failure) {
        return failure.message();
    }
}

struct OwnPair : testing::Test {
    TempDir dir;
    std::filesystem::path folder = dir / "state";
    std::filesystem::path file = folder / "host.pem";

    [[nodiscard]] std::string why_not() const {
        return refusal(ErrorCode::InvalidArgs, [&] { HostIdentity::own(file); });
    }
};

TEST_F(OwnPair, IsMadeAtFirstUseAndKept) {
    const auto identity = HostIdentity::own(file);
    EXPECT_EQ(mode_of(folder), 0700U);
    EXPECT_EQ(mode_of(file), 0600U);
    EXPECT_EQ(HostIdentity::own(file).certificate_pem(), identity.certificate_pem());
    EXPECT_EQ(open(HostIdentity::own(file), identity.certificate_pem()), "one\n");
    EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder), {}), 1);
}

TEST_F(OwnPair, HasItsModeWhateverTheUmask) {
    std::filesystem::create_directory(folder);
    const auto mask = umask(0777);
    HostIdentity::own(file);
    umask(mask);
    EXPECT_EQ(mode_of(file), 0600U);
}

TEST_F(OwnPair, CertificateNamesTheHostAndIsForKeyAgreementForTenYears) {
    HostIdentity::own(file);
    std::string host(HOST_NAME_MAX + 1, '\0');
    ASSERT_EQ(gethostname(host.data(), host.size()), 0);
    const auto text = openssl({"x509", "-in", file, "-noout", "-text", "-nameopt", "RFC2253"});
    expect_says(text, "Subject: CN=" + std::string(host.c_str()));
    expect_says(text, "Issuer: CN=" + std::string(host.c_str()));
    expect_says(text, "Key Agreement");
    expect_says(text, "CA:FALSE");
    expect_says(text, "NIST CURVE: P-256");
    const auto nine_years = std::to_string(9 * 365 * 86400);
    EXPECT_NO_THROW(openssl({"x509", "-in", file, "-noout", "-checkend", nine_years}));
    const auto eleven_years = std::to_string(11 * 365 * 86400);
    EXPECT_ANY_THROW(openssl({"x509", "-in", file, "-noout", "-checkend", eleven_years}));
}

TEST_F(OwnPair, OfTwoHostsDiffersInKeyAndSerialNumber) {
    HostIdentity::own(file);
    HostIdentity::own(dir / "other.pem");
    for (const auto* what : {"-serial", "-pubkey"})
        EXPECT_NE(openssl({"x509", "-noout", what, "-in", file}),
                  openssl({"x509", "-noout", what, "-in", dir / "other.pem"}));
}

TEST_F(OwnPair, ThatOthersCanReadOrReplaceIsRefused) {
    HostIdentity::own(file);
    for (const mode_t mode : {0640U, 0604U, 0660U}) {
        chmod(file.c_str(), mode);
        expect_says(why_not(), "host.pem can be read by others than its owner");
    }
    chmod(file.c_str(), 0400);
    EXPECT_EQ(why_not(), "taken");
    chmod(folder.c_str(), 0770);
    expect_says(why_not(), "state can be written by others");
    chmod(folder.c_str(), 0755);
    EXPECT_EQ(why_not(), "taken");
    ASSERT_EQ(chown(file.c_str(), 65534, 65534), 0);
    expect_says(why_not(), "host.pem belongs to another user");
}

TEST_F(OwnPair, WhoseFolderCannotBeMadeIsRefused) {
    write_file(folder, "not a folder");
    expect_says(why_not(), "state is not a folder");
    EXPECT_THROW(HostIdentity::own(dir / "no/such/folder/host.pem"), Failure);
}

TEST_F(OwnPair, ThatIsNotKeyAndCertificateIsRefused) {
    HostIdentity::own(file);
    const auto good = read_file(file);
    const auto certificate = good.find("-----BEGIN CERTIFICATE-----");
    write_file(file, "no key");
    expect_says(why_not(), "host.pem holds no private key in PEM");
    write_file(file, good.substr(0, certificate));
    expect_says(why_not(), "the certificate in " + file.string() + " is not a certificate in PEM");
    HostIdentity::own(dir / "other.pem");
    const auto other = read_file(dir / "other.pem");
    write_file(file, good.substr(0, certificate) + other.substr(other.find("-----BEGIN CERTIFICATE-----")));
    expect_says(why_not(), "is not for the key there");
}

TEST_F(OwnPair, ThatACrashLeftHalfWrittenIsMadeAnew) {
    std::filesystem::create_directory(folder);
    write_file(folder / "host.pem.new", "-----BEGIN PRIV");
    HostIdentity::own(file);
    EXPECT_FALSE(std::filesystem::exists(folder / "host.pem.new"));
}

TEST_F(OwnPair, RotatedOpensNothingThatWasSealedBefore) {
    auto identity = HostIdentity::own(file);
    const auto first = identity.certificate_pem();
    identity.rotate();
    const auto second = identity.certificate_pem();
    EXPECT_NE(first, second);
    EXPECT_EQ(mode_of(file), 0600U);
    EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder), {}), 1);
    for (const auto& each : {identity, HostIdentity::own(file)}) {
        EXPECT_EQ(each.certificate_pem(), second);
        EXPECT_EQ(open(each, second), "one\n");
        expect_says(open(each, first), "fetch the certificate anew");
    }
}

TEST_F(OwnPair, ThatCannotBeReplacedIsKept) {
    auto identity = HostIdentity::own(file);
    const auto certificate = identity.certificate_pem();
    std::filesystem::create_directories(folder / "host.pem.new/in the way");
    EXPECT_THROW(identity.rotate(), Failure);
    EXPECT_EQ(identity.certificate_pem(), certificate);
    EXPECT_EQ(HostIdentity::own(file).certificate_pem(), certificate);
}

} // namespace
} // namespace guestkeyd::test
