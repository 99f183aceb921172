// SPDX-License-Identifier: LGPL-2.1-or-later
#include "sealing/envelope.h"
#include "sealing_refusal.h"

#include <sys/stat.h>

namespace guestkeyd::test {
namespace {

struct GivenPair : testing::Test {
    TempDir dir;
    HostKeyFiles files{dir / "host-key.pem", dir / "host-cert.pem"};

    GivenPair() {
        make_ca(dir, "ca");
        make_signed_pair(dir, "host", "ca");
    }
    [[nodiscard]] std::string why_not() const {
        return refusal(ErrorCode::InvalidArgs, [&] { HostIdentity::given(files); });
    }
};

TEST_F(GivenPair, IsUsedAsItIs) {
    const auto certificate = read_file(files.certificate);
    auto identity = HostIdentity::given(files);
    EXPECT_EQ(identity.certificate_pem(), certificate);
    const auto sealed = seal(certificate, SecretBuffer::copy_of("one\n"));
    EXPECT_EQ(open_envelope(identity, sealed).view(), "one\n");
    expect_says(refusal(ErrorCode::Unsupported, [&] { identity.rotate(); }),
                "was issued by '/CN=ca' and named in guestkeyd.conf; put a new pair");
}

TEST_F(GivenPair, ThatIsNotThereIsRefusedAndNotMade) {
    for (const auto& file : {files.key, files.certificate}) {
        const auto content = read_file(file);
        std::filesystem::remove(file);
        expect_says(why_not(), "there is no file " + file.string());
        EXPECT_FALSE(std::filesystem::exists(file));
        write_file(file, content);
        chmod(file.c_str(), 0600);
    }
    EXPECT_EQ(why_not(), "taken");
}

TEST_F(GivenPair, ThatOthersCanReadOrWriteIsRefused) {
    chmod(files.key.c_str(), 0640);
    expect_says(why_not(), "host-key.pem can be read by others than its owner");
    chmod(files.key.c_str(), 0400);
    chmod(files.certificate.c_str(), 0664);
    expect_says(why_not(), "host-cert.pem can be written by others than its owner");
    std::filesystem::remove(files.certificate);
    ASSERT_EQ(mkfifo(files.certificate.c_str(), 0600), 0);
    expect_says(why_not(), "host-cert.pem is not a file");
}

TEST_F(GivenPair, WithAPassphraseOrOfAnotherKindIsRefused) {
    openssl({"genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-aes256", "-pass", "pass:known",
             "-out", files.key});
    expect_says(why_not(), "without a passphrase");
    openssl({"genpkey", "-algorithm", "RSA", "-out", files.key});
    expect_says(why_not(), "no elliptic curve key");
}

TEST_F(GivenPair, ThatDoesNotBelongTogetherIsRefused) {
    make_pair(dir, "other");
    files.key = dir / "other-key.pem";
    expect_says(why_not(), "is not for the key in");
}

} // namespace
} // namespace guestkeyd::test
