// SPDX-License-Identifier: LGPL-2.1-or-later
#include "base/unique_fd.h"
#include "sealing/envelope.h"
#include "sealing_refusal.h"
#include "support/memory.h"

#include <csignal>
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace guestkeyd::test {
namespace {

struct Envelope : testing::Test {
    TempDir dir;
    std::filesystem::path file = dir / "host.pem";
    HostIdentity identity = HostIdentity::own(file);

    [[nodiscard]] std::string open(std::string_view envelope) const {
        return std::string(open_envelope(identity, bytes_of(envelope)).view());
    }
    [[nodiscard]] std::string why_not(std::string_view envelope) const {
        return refusal(ErrorCode::BadEnvelope, [&] { open_envelope(identity, bytes_of(envelope)); });
    }
    [[nodiscard]] std::string seal_with(std::vector<std::string> options) const {
        return seal_by_command(dir, file, "one\ntwo\n", std::move(options));
    }
};

TEST_F(Envelope, MadeByTheStockCommandIsOpened) {
    EXPECT_EQ(open(seal_with({"-aes-256-gcm", "-binary", "-outform", "DER"})), "one\ntwo\n");
    EXPECT_EQ(open(seal_with({"-aes-256-gcm", "-binary", "-outform", "PEM"})), "one\ntwo\n");
    EXPECT_EQ(open(seal_with({"-aes-256-gcm", "-binary", "-outform", "DER", "-stream"})), "one\ntwo\n");
    EXPECT_EQ(open(seal_with({"-aes-256-gcm", "-binary", "-outform", "DER", "-keyid"})), "one\ntwo\n");
}

TEST_F(Envelope, OfOursIsOpenedByUsAndByTheStockCommand) {
    for (const auto& content : {std::string("one\ntwo\n"), std::string(100000, 'k')}) {
        const auto sealed = seal(identity.certificate_pem(), SecretBuffer::copy_of(content));
        EXPECT_EQ(open_envelope(identity, sealed).view(), content);
        write_file(dir / "sealed", {reinterpret_cast<const char*>(sealed.data()), sealed.size()});
        EXPECT_EQ(openssl({"cms", "-decrypt", "-inform", "DER", "-in", dir / "sealed", "-inkey", file, "-recip", file}),
                  content);
    }
}

TEST_F(Envelope, ForSeveralHostsIsOpenedByEach) {
    make_pair(dir, "other");
    const auto envelope = seal_with({"-aes-256-gcm", "-binary", "-outform", "DER", "-recip", dir / "other-cert.pem"});
    EXPECT_EQ(open(envelope), "one\ntwo\n");
    const auto other = HostIdentity::given({dir / "other-key.pem", dir / "other-cert.pem"});
    EXPECT_EQ(open_envelope(other, bytes_of(envelope)).view(), "one\ntwo\n");
}

TEST_F(Envelope, ForAnotherHostIsRefused) {
    make_pair(dir, "other");
    const auto envelope = seal_by_command(dir, dir / "other-cert.pem", "one\n");
    expect_says(why_not(envelope),
                "not sealed to this host, or to a certificate that it has replaced; fetch the certificate anew");
}

TEST_F(Envelope, ThatNamesThisHostTwiceIsRefused) {
    expect_says(why_not(seal_with({"-aes-256-gcm", "-binary", "-outform", "DER", "-recip", file})), "more than once");
}

TEST_F(Envelope, ToOtherCertificateKindsIsNotMade) {
    const auto content = SecretBuffer::copy_of("one\n");
    const auto pem_of = [&](const std::vector<std::string>& key, const std::string& usage) {
        std::vector<std::string> arguments{"req",   "-x509",   "-nodes",           "-subj",
                                           "/CN=x", "-keyout", "/dev/null",        "-newkey",
                                           key[0],  "-addext", "keyUsage=" + usage};
        arguments.insert(arguments.end(), key.begin() + 1, key.end());
        return openssl(arguments);
    };
    const auto why_not_to = [&](const std::string& pem) {
        return refusal(ErrorCode::InvalidArgs, [&] { seal(pem, content); });
    };
    expect_says(why_not_to(pem_of({"rsa:2048"}, "keyEncipherment")), "not for an elliptic curve key");
    expect_says(why_not_to(pem_of({"ec", "-pkeyopt", "ec_paramgen_curve:P-256"}, "digitalSignature")),
                "not for key agreement");
    expect_says(why_not_to("no certificate"), "not a certificate in PEM");
}

// A child does it, and lets go of all content. We learn the content after it has started, so that it has no copy of
// ours.
template <typename Doing> void expect_no_trace(const std::filesystem::path& content, Doing doing) {
    int ready[2];
    ASSERT_EQ(pipe(ready), 0);
    const auto child = fork();
    if (child == 0) {
        const auto length = doing();
        [[maybe_unused]] const auto told = write(ready[1], &length, sizeof length);
        for (;;)
            pause();
    }
    close(ready[1]);
    std::size_t length = 0;
    EXPECT_EQ(read(ready[0], &length, sizeof length), static_cast<ssize_t>(sizeof length));
    close(ready[0]);
    const auto text = read_file(content);
    EXPECT_EQ(length, text.size());
    constexpr std::size_t kPart = 24;
    for (std::size_t at = 0; at + kPart <= text.size(); at += 500)
        EXPECT_FALSE(is_in_memory(child, text.substr(at, kPart))) << at;
    kill(child, SIGKILL);
    waitpid(child, nullptr, 0);
}

TEST_F(Envelope, OpenedLeavesNoContentInMemory) {
    openssl({"rand", "-hex", "-out", dir / "key", "3000"});
    openssl({"cms", "-encrypt", "-in", dir / "key", "-binary", "-aes-256-gcm", "-outform", "DER", "-out",
             dir / "sealed", file});
    expect_no_trace(dir / "key", [&] { return open_envelope(identity, bytes_of(read_file(dir / "sealed"))).size(); });
}

TEST_F(Envelope, MadeByUsLeavesNoContentInMemory) {
    openssl({"rand", "-hex", "-out", dir / "key", "3000"});
    expect_no_trace(dir / "key", [&] {
        SecretBuffer content(8192);
        const UniqueFd key(::open((dir / "key").c_str(), O_RDONLY | O_CLOEXEC));
        content.grow(static_cast<std::size_t>(read(key.get(), content.room().data(), content.room().size())));
        seal(identity.certificate_pem(), content);
        return content.size();
    });
}

} // namespace
} // namespace guestkeyd::test
