// SPDX-License-Identifier: LGPL-2.1-or-later
// What guestkeyd does with domain XML that libvirt would never write.
#include "domainxml/domain_xml.h"

#include "base/error.h"

#include <gtest/gtest.h>

namespace guestkeyd::test {
namespace {

constexpr auto kUuid = "3a6f1a52-0d5c-4b3c-9d75-6b1f0c2e8a01";
constexpr auto kVolume = "11111111-aaaa-4aaa-8aaa-000000000001";

std::string domain(const std::string& content) {
    return "<domain type='kvm'><name>web</name><uuid>" + std::string(kUuid) + "</uuid>" + content + "</domain>";
}

std::string encrypted(const std::string& secret) {
    return domain("<devices><disk><source><encryption format='luks'>" + secret +
                  "</encryption></source></disk></devices>");
}

std::string repeated(const std::string& text, int times) {
    std::string all;
    for (int i = 0; i < times; ++i)
        all += text;
    return all;
}

// The code of the refusal, and a message that says what to do.
ErrorCode refusal(const std::string& xml) {
    try {
        parse_domain_xml(xml);
    } catch (const Failure& failure) {
        EXPECT_NE(failure.message().find("; "), std::string::npos) << failure.message();
        EXPECT_LT(failure.message().size(), 400U);
        return failure.code();
    }
    ADD_FAILURE() << "was taken: " << xml.substr(0, 200);
    return ErrorCode::Internal;
}

class RefusedXml : public testing::TestWithParam<std::string> {};

TEST_P(RefusedXml, IsInvalid) {
    EXPECT_EQ(refusal(GetParam()), ErrorCode::InvalidArgs);
}

const std::string kSecret = "<secret type='passphrase' uuid='" + std::string(kVolume) + "'/>";

INSTANTIATE_TEST_SUITE_P(NotADomain, RefusedXml,
                         testing::Values("", " ", "no xml", "<", "<domain", "<domain>", "<domain/>", "<network/>",
                                         "<domain></domain", "<domain></network>", "garbage" + domain(""),
                                         domain("") + "garbage", domain("") + domain(""), domain("<a b='</a>"),
                                         domain("<a b></a>"), domain("<!-- never closed"),
                                         "<x:domain xmlns:x='urn:x'/>"));

INSTANTIATE_TEST_SUITE_P(GuestNotNamed, RefusedXml,
                         testing::Values("<domain><name>n</name></domain>", "<domain><name>n</name><uuid/></domain>",
                                         "<domain><uuid>" + std::string(kUuid) + "</uuid></domain>",
                                         "<domain><name/><uuid>" + std::string(kUuid) + "</uuid></domain>",
                                         "<domain><name>n</name><uuid>none</uuid></domain>",
                                         domain("<uuid>" + std::string(kUuid) + "</uuid>"), domain("<name>n</name>"),
                                         "<domain><name>n<b/></name><uuid>" + std::string(kUuid) + "</uuid></domain>",
                                         "<domain><name>a&#10;b</name><uuid>" + std::string(kUuid) + "</uuid></domain>",
                                         "<domain><name>" + repeated("n", 4097) + "</name><uuid>" + std::string(kUuid) +
                                             "</uuid></domain>"));

INSTANTIATE_TEST_SUITE_P(
    SecretNotNamed, RefusedXml,
    testing::Values(encrypted("<secret type='passphrase'/>"), encrypted("<secret type='passphrase' uuid=''/>"),
                    encrypted("<secret type='passphrase' usage=''/>"),
                    encrypted("<secret uuid='" + std::string(kVolume) + "' usage='u'/>"),
                    encrypted("<secret uuid='" + std::string(kVolume) + "' uuid='" + std::string(kVolume) + "'/>"),
                    encrypted("<secret usage='a&#0;b'/>"), encrypted("<secret usage='a&#9;b'/>"),
                    encrypted("<secret usage='a&#xD800;b'/>"), encrypted("<secret usage='a&#x110000;b'/>"),
                    encrypted("<secret usage='a&#xFFFFFFFFFF;b'/>"), encrypted("<secret usage='a&#;b'/>"),
                    encrypted("<secret usage='a&#x;b'/>"), encrypted("<secret usage='a&#-38;b'/>"),
                    encrypted("<secret usage='a&lol;b'/>"), encrypted("<secret usage='a&'/>"),
                    encrypted("<secret usage='a\nb'/>"),
                    domain("<tpm><backend><encryption secret=''/></backend></tpm>"),
                    domain("<disk><auth><secret type='ceph'/></auth></disk>")));

INSTANTIATE_TEST_SUITE_P(NotText, RefusedXml,
                         testing::Values(domain(std::string("\0", 1)), encrypted(kSecret) + std::string("\0", 1),
                                         domain("\xff"), domain("\xc0\x80"), domain("\xed\xa0\x80"),
                                         domain("\xf4\x90\x80\x80"), domain("\xe2\x82"), "\xff\xfe<\0d\0"));

TEST(HostileXml, EntitiesAreNeverExpanded) {
    std::string laughs = "<?xml version='1.0'?><!DOCTYPE domain [<!ENTITY l0 'lol'>";
    for (int i = 1; i < 10; ++i)
        laughs += "<!ENTITY l" + std::to_string(i) + " '" + repeated("&l" + std::to_string(i - 1) + ";", 10) + "'>";
    EXPECT_EQ(refusal(laughs + "]>" + domain("<description>&l9;</description>")), ErrorCode::InvalidArgs);
    EXPECT_EQ(refusal("<!DOCTYPE domain SYSTEM 'file:///etc/shadow'>" + domain("")), ErrorCode::InvalidArgs);
}

TEST(HostileXml, DepthIsBounded) {
    EXPECT_EQ(refusal(domain(repeated("<a>", 100'000) + repeated("</a>", 100'000))), ErrorCode::LimitsExceeded);
    EXPECT_EQ(refusal(repeated("<a>", 1'300'000)), ErrorCode::InvalidArgs);
}

TEST(HostileXml, TheLongestBackingChainOfLibvirtIsNotTooDeep) {
    const auto chain = repeated("<backingStore>", 200) + "<source><encryption>" + kSecret + "</encryption></source>" +
                       repeated("</backingStore>", 200);
    EXPECT_EQ(parse_domain_xml(domain("<devices><disk>" + chain + "</disk></devices>")).secrets.size(), 1U);
}

TEST(HostileXml, SizeIsBounded) {
    EXPECT_EQ(refusal(domain("<description>" + std::string(10 * 1024 * 1024, 'x') + "</description>")),
              ErrorCode::LimitsExceeded);
    const auto frame = domain("<description></description>").size();
    const auto largest = domain("<description>" + std::string(kMaxDomainXml - frame, 'x') + "</description>");
    EXPECT_EQ(parse_domain_xml(largest).name, "web");
}

TEST(HostileXml, NumberOfSecretsIsBounded) {
    std::string many;
    for (std::size_t i = 0; i <= kMaxSecrets; ++i)
        many += "<secret usage='" + std::to_string(i) + "'/>";
    EXPECT_EQ(refusal(encrypted(many)), ErrorCode::LimitsExceeded);
    const auto half = std::string(kMaxSecretsText / 2, 'u');
    EXPECT_EQ(refusal(encrypted("<secret usage='" + half + "'/><secret usage='" + half + "2'/>")),
              ErrorCode::LimitsExceeded);
    EXPECT_EQ(parse_domain_xml(encrypted(repeated(kSecret, 50'000))).secrets.size(), 1U);
}

} // namespace
} // namespace guestkeyd::test
