// SPDX-License-Identifier: LGPL-2.1-or-later
// The agent's side of guestkeyd-domain-xml: it takes what encode_summary writes, and nothing else.
#include "domainxml/summary_format.h"

#include "base/error.h"

#include <gtest/gtest.h>

namespace guestkeyd::test {
namespace {

const std::string kGuest = "guest 3a6f1a52-0d5c-4b3c-9d75-6b1f0c2e8a01\n";
const std::string kStart = "guestkeyd-domain-xml 1\n" + kGuest;
const std::string kVolume = "11111111-aaaa-4aaa-8aaa-000000000001";

std::string summary_with(const std::string& secrets) {
    return kStart + "name web\n" + secrets + "end\n";
}

DomainSummary sample() {
    DomainSummary summary{GuestId::parse("3a6f1a52-0d5c-4b3c-9d75-6b1f0c2e8a01"), " name with spaces ", {}};
    for (const auto use : {SecretUse::Volume, SecretUse::Ceph, SecretUse::Iscsi, SecretUse::Tls, SecretUse::Vtpm}) {
        add_secret(summary, {use, VolumeId::parse(kVolume), {}});
        add_secret(summary, {use, std::nullopt, "uuid " + kVolume + " \u00e9"});
    }
    return summary;
}

TEST(DomainSummary, IsReadAsWritten) {
    EXPECT_EQ(sample().secrets.size(), 10U);
    EXPECT_EQ(decode_summary(encode_summary(sample())), sample());
    EXPECT_EQ(decode_summary(summary_with("")).secrets.size(), 0U);
}

TEST(DomainSummary, EveryCutOrAdditionIsNoticed) {
    const auto text = encode_summary(sample());
    for (std::size_t length = 0; length < text.size(); ++length)
        EXPECT_THROW(decode_summary(text.substr(0, length)), Failure) << length;
    EXPECT_THROW(decode_summary(text + "\n"), Failure);
    EXPECT_THROW(decode_summary(text + text), Failure);
    EXPECT_THROW(decode_summary(" " + text), Failure);
}

class Surprise : public testing::TestWithParam<std::string> {};

TEST_P(Surprise, IsRefused) {
    try {
        decode_summary(GetParam());
        ADD_FAILURE() << "was taken";
    } catch (const Failure& failure) {
        EXPECT_EQ(failure.code(), ErrorCode::Internal);
    }
}

INSTANTIATE_TEST_SUITE_P(Head, Surprise,
                         testing::Values("", "\n", "guestkeyd-domain-xml 2\n" + kGuest + "name web\nend\n",
                                         kStart + "end\n", kStart + "name \nend\n", kStart + "name\nend\n",
                                         kStart + "name a\tb\nend\n", kStart + "name \xff\nend\n",
                                         kStart + "name a\r\nend\n", kStart + "title web\nend\n",
                                         kStart + "name " + std::string(4097, 'n') + "\nend\n",
                                         kStart + "name web\nname web\nend\n", kStart + kGuest + "name web\nend\n",
                                         "guestkeyd-domain-xml 1\nguest \nname web\nend\n",
                                         "guestkeyd-domain-xml 1\nguest 3A6f1a52-0d5c-4b3c-9d75-6b1f0c2e8a01\n"
                                         "name web\nend\n"));

INSTANTIATE_TEST_SUITE_P(Secrets, Surprise,
                         testing::Values(summary_with("secret\n"), summary_with("secret volume\n"),
                                         summary_with("secret volume uuid\n"), summary_with("secret volume uuid \n"),
                                         summary_with("secret volume uuid 1\n"), summary_with("secret volume usage \n"),
                                         summary_with("secret volume uuid " + kVolume + " \n"),
                                         summary_with("secret  volume uuid " + kVolume + "\n"),
                                         summary_with("secret none uuid " + kVolume + "\n"),
                                         summary_with("secret Volume uuid " + kVolume + "\n"),
                                         summary_with("secret volume name x\n"),
                                         summary_with("secret ceph usage a\x01\n"),
                                         summary_with("secret ceph usage " + std::string("a\0b", 3) + "\n"),
                                         summary_with("secret ceph usage a\nsecret ceph usage a\n"), summary_with("\n"),
                                         summary_with("key ceph usage a\n")));

TEST(DomainSummary, MoreSecretsThanTheParserGivesAreRefused) {
    std::string many;
    for (std::size_t i = 0; i <= kMaxSecrets; ++i)
        many += "secret ceph usage " + std::to_string(i) + "\n";
    EXPECT_THROW(decode_summary(summary_with(many)), Failure);
}

} // namespace
} // namespace guestkeyd::test
