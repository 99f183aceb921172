// SPDX-License-Identifier: LGPL-2.1-or-later
// Envelopes that are sealed to this host, and yet not to be trusted.
#include "sealing/envelope.h"
#include "sealing_refusal.h"

namespace guestkeyd::test {
namespace {

using namespace std::literals;

// Takes bytes out of DER and corrects the lengths of what is around them: the content info, its explicit tag and the
// AuthEnvelopedData, whose lengths have two bytes each.
std::string without(std::string der, std::size_t at, std::size_t bytes) {
    der.erase(at, bytes);
    for (std::size_t header = 0, level = 0; level < 3; ++level) {
        EXPECT_EQ(der[header + 1], '\x82');
        const auto length =
            static_cast<std::uint8_t>(der[header + 2]) * 256U + static_cast<std::uint8_t>(der[header + 3]);
        const auto left = length - bytes;
        der[header + 2] = static_cast<char>(left / 256);
        der[header + 3] = static_cast<char>(left % 256);
        header += 4 + (level == 0 ? 13U : 0U); // behind the object identifier of the content info
    }
    return der;
}

struct HostileEnvelope : testing::Test {
    TempDir dir;
    std::filesystem::path file = dir / "host.pem";
    HostIdentity identity = HostIdentity::own(file);

    [[nodiscard]] std::string why_not(std::string_view envelope) const {
        return refusal(ErrorCode::BadEnvelope, [&] { open_envelope(identity, bytes_of(envelope)); });
    }
    [[nodiscard]] std::string seal_with(std::vector<std::string> options) const {
        return seal_by_command(dir, file, "one\n", std::move(options));
    }
    [[nodiscard]] std::string sealed() const { return seal_with({"-aes-256-gcm", "-binary", "-outform", "DER"}); }
};

// There are bytes without a meaning, like version numbers: whoever alters them alters no content.
TEST_F(HostileEnvelope, AlteredAnywhereItIsRefusedOrItsContentTheSame) {
    const auto good = sealed();
    constexpr std::size_t kContentAndTag = 4 + 2 + 16;
    for (std::size_t at = 0; at < good.size(); ++at) {
        auto bad = good;
        bad[at] = static_cast<char>(bad[at] ^ 0x01);
        try {
            EXPECT_EQ(open_envelope(identity, bytes_of(bad)).view(), "one\n") << at;
            EXPECT_LT(at, good.size() - kContentAndTag);
        } catch (const Failure& failure) {
            EXPECT_EQ(failure.code(), ErrorCode::BadEnvelope) << failure.message();
        }
    }
}

TEST_F(HostileEnvelope, CutShortOrWithMoreBehindItIsRefused) {
    const auto good = sealed();
    for (std::size_t length = 0; length < good.size(); ++length)
        expect_says(why_not(good.substr(0, length)), "cut short");
    expect_says(why_not(good + "x"), "not CMS");
}

TEST_F(HostileEnvelope, WithoutAuthenticationIsRefused) {
    expect_says(why_not(seal_with({"-aes-256-cbc", "-binary", "-outform", "DER"})), "not authenticated");
    expect_says(why_not(seal_with({"-aes-256-cbc", "-binary", "-outform", "PEM"})), "not authenticated");
}

TEST_F(HostileEnvelope, WithAnotherCipherIsRefused) {
    expect_says(why_not(seal_with({"-aes-128-gcm", "-binary", "-outform", "DER"})), "not encrypted with AES-256-GCM");
}

// The type promises authentication, the cipher has none. Recent versions of OpenSSL refuse that by themselves.
TEST_F(HostileEnvelope, WithACipherThatDoesNotAuthenticateIsRefused) {
    auto envelope = sealed();
    const auto gcm = "\x60\x86\x48\x01\x65\x03\x04\x01\x2e\x30\x11"s; // and the start of its parameters
    const auto cbc = "\x60\x86\x48\x01\x65\x03\x04\x01\x2a\x04\x10"s; // that become a nonce of 16 bytes
    const auto at = envelope.find(gcm);
    ASSERT_NE(at, std::string::npos);
    envelope.replace(at, cbc.size(), cbc);
    constexpr std::size_t kNonce = 16;
    envelope = without(envelope, at + cbc.size() + kNonce, 1);
    --envelope[at - 3];  // length of the algorithm
    --envelope[at - 16]; // length of the encrypted content info
    EXPECT_NE(why_not(envelope), "taken");
}

// The stock command takes tags of 32 bits, which can be guessed.
TEST_F(HostileEnvelope, WithAShortTagIsRefused) {
    const auto good = sealed();
    constexpr std::size_t kTag = 16;
    ASSERT_EQ(good.substr(good.size() - kTag - 2, 2), "\x04\x10");
    for (const std::size_t left : {12U, 4U, 1U, 0U}) {
        auto bad = without(good, good.size() - kTag + left, kTag - left);
        bad[bad.size() - left - 1] = static_cast<char>(left);
        EXPECT_NE(why_not(bad), "taken") << left;
    }
}

TEST_F(HostileEnvelope, OfAnotherTypeIsRefused) {
    write_file(dir / "content", "one\n");
    expect_says(why_not(openssl({"cms", "-data_create", "-in", dir / "content", "-outform", "DER"})),
                "not authenticated");
    expect_says(why_not(openssl({"cms", "-sign", "-nodetach", "-in", dir / "content", "-outform", "DER", "-signer",
                                 file, "-inkey", file})),
                "not authenticated");
    expect_says(why_not(seal_with({"-aes-256-gcm", "-binary"})), "use openssl cms with -outform DER"); // S/MIME
    expect_says(why_not(read_file(file)), "not CMS");
}

TEST_F(HostileEnvelope, ForASharedKeyIsRefused) {
    write_file(dir / "content", "one\n");
    expect_says(why_not(openssl({"cms", "-encrypt", "-aes-256-gcm", "-outform", "DER", "-in", dir / "content",
                                 "-secretkey", "000102030405060708090a0b0c0d0e0f", "-secretkeyid", "01"})),
                "not sealed to this host");
}

TEST_F(HostileEnvelope, ProtectedByAPassphraseIsRefused) {
    expect_says(why_not("-----BEGIN CMS-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-256-CBC,"
                        "00112233445566778899AABBCCDDEEFF\n\nAAAA\n-----END CMS-----\n"),
                "not CMS");
}

TEST_F(HostileEnvelope, WithoutContentIsRefused) {
    const auto empty = seal_by_command(dir, file, "");
    EXPECT_NE(why_not(empty), "taken");
}

TEST_F(HostileEnvelope, ThatIsNotTextIsRefused) {
    expect_says(why_not(seal_by_command(dir, file, "key \xff\n")), "not UTF-8");
    expect_says(why_not(seal_by_command(dir, file, "key \xed\xa0\x80\n")), "not UTF-8");
    EXPECT_EQ(why_not(seal_by_command(dir, file, "key \xc3\xa4\n")), "taken");
}

TEST_F(HostileEnvelope, TooLargeIsRefusedUnread) {
    const auto large = seal_by_command(dir, file, std::string(kMaxEnvelopeBytes, 'k'));
    expect_says(why_not(large), "larger than 1 MiB");
    EXPECT_EQ(why_not(seal_by_command(dir, file, std::string(kMaxEnvelopeBytes - 1024, 'k'))), "taken");
}

} // namespace
} // namespace guestkeyd::test
