// SPDX-License-Identifier: LGPL-2.1-or-later
#include "sealing/envelope_content.h"
#include "sealing_refusal.h"

namespace guestkeyd::test {
namespace {

constexpr std::uint64_t kNow = 1800000000;

const std::string kHead = "guestkeyd-envelope 1\n"
                          "guest 11111111-2222-4333-8444-555555555555\n"
                          "expires 1800000060\n";
const std::string kFirst = "volume aaaaaaaa-2222-4333-8444-555555555555\nkey one\n";
const std::string kSecond = "volume bbbbbbbb-2222-4333-8444-555555555555\n"
                            "delivery libvirt-secret\nusage-id client admin\nusage-type ceph\nkey  two = 2 \n";

std::string why_not(const std::string& text) {
    const auto buffer = SecretBuffer::copy_of(text);
    return refusal(ErrorCode::BadEnvelope, [&] { parse_envelope_content(buffer, kNow); });
}

TEST(EnvelopeContent, NamesGuestExpiryOptionsAndVolumesWithTheirKeys) {
    const auto text = SecretBuffer::copy_of(kHead + "name web 1\ngeneration 7\nexclusive yes\nwipe-on stopped\n" +
                                            kFirst + kSecond + "end\n");
    const auto content = parse_envelope_content(text, kNow);
    EXPECT_EQ(content.guest.str(), "11111111-2222-4333-8444-555555555555");
    EXPECT_EQ(content.expires, kNow + 60);
    const TextOptions options{{"name", "web 1"}, {"generation", "7"}, {"exclusive", "yes"}, {"wipe-on", "stopped"}};
    EXPECT_EQ(content.options, options);
    ASSERT_EQ(content.keys.size(), 2U);
    EXPECT_EQ(content.keys[0].volume.str(), "aaaaaaaa-2222-4333-8444-555555555555");
    EXPECT_TRUE(content.keys[0].options.empty());
    EXPECT_EQ(content.keys[0].key, "one");
    const TextOptions second{{"delivery", "libvirt-secret"}, {"usage-type", "ceph"}, {"usage-id", "client admin"}};
    EXPECT_EQ(content.keys[1].options, second);
    EXPECT_EQ(content.keys[1].key, " two = 2 ");
}

TEST(EnvelopeContent, KeysStayInTheBufferThatWasParsed) {
    const auto text = SecretBuffer::copy_of(kHead + kFirst + "end\n");
    const auto content = parse_envelope_content(text, kNow);
    EXPECT_GE(content.keys.front().key.data(), text.view().data());
    EXPECT_LT(content.keys.front().key.data(), text.view().data() + text.size());
}

TEST(EnvelopeContent, WhatIsWrittenIsReadBack) {
    const auto text = SecretBuffer::copy_of(kHead + "lease 60\nname web 1\n" + kFirst + kSecond + "end\n");
    EXPECT_EQ(write_envelope_content(parse_envelope_content(text, kNow)).view(), text.view());
}

TEST(EnvelopeContent, ExpiresAtTheSecondItNames) {
    const auto text = SecretBuffer::copy_of(kHead + kFirst + "end\n");
    EXPECT_NO_THROW(parse_envelope_content(text, kNow + 59));
    expect_says(refusal(ErrorCode::BadEnvelope, [&] { parse_envelope_content(text, kNow + 60); }), "expired 0 s ago");
    expect_says(refusal(ErrorCode::BadEnvelope, [&] { parse_envelope_content(text, kNow + 3660); }),
                "the envelope for guest 11111111-2222-4333-8444-555555555555 expired 3600 s ago; seal a new one");
}

TEST(EnvelopeContent, UnknownLinesAreRefusedByNumberAndNotShown) {
    const auto why = why_not(kHead + "colour secret-blue\n" + kFirst + "end\n");
    expect_says(why, "line 4 of the envelope is none that belongs there");
    EXPECT_EQ(why.find("blue"), std::string::npos);
    for (const auto* line : {"", "name", "name ", " name web", "usage-type ceph", "key one", "Name web", "wipe-on\tx"})
        expect_says(why_not(kHead + line + "\n" + kFirst + "end\n"), "line 4");
    for (const auto* line : {"name web", "volume aaaaaaaa-2222-4333-8444-555555555555", "end", "guest x"})
        expect_says(why_not(kHead + "volume aaaaaaaa-2222-4333-8444-555555555555\n" + line + "\nkey one\nend\n"),
                    "line 5 of the envelope is none that belongs there");
    expect_says(why_not(kHead + kFirst + "name web\nend\n"), "line 6 of the envelope is neither 'volume' nor 'end'");
}

TEST(EnvelopeContent, AllThatIsGivenTwiceIsRefused) {
    expect_says(why_not(kHead + "name web\nname web\n" + kFirst + "end\n"), "an earlier line");
    expect_says(why_not(kHead + "expires 1800000099\n" + kFirst + "end\n"), "line 4");
    expect_says(why_not(kHead + "guest 11111111-2222-4333-8444-555555555555\n" + kFirst + "end\n"), "line 4");
    expect_says(why_not(kHead + kFirst + kSecond + kFirst + "end\n"),
                "volume aaaaaaaa-2222-4333-8444-555555555555 a second key");
}

TEST(EnvelopeContent, GuestExpiryAndAKeyAreNeeded) {
    expect_says(why_not("guestkeyd-envelope 1\nexpires 1800000060\n" + kFirst + "end\n"), "'guest' and 'expires'");
    expect_says(why_not("guestkeyd-envelope 1\nguest 11111111-2222-4333-8444-555555555555\n" + kFirst + "end\n"),
                "'guest' and 'expires'");
    expect_says(why_not(kHead + "end\n"), "one key at least");
    expect_says(why_not(kHead + "volume aaaaaaaa-2222-4333-8444-555555555555\nkey \nend\n"), "has no key");
}

TEST(EnvelopeContent, CutShortAnywhereItIsRefused) {
    const auto whole = kHead + "name web 1\n" + kFirst + kSecond + "end\n";
    for (std::size_t length = 0; length < whole.size(); ++length)
        EXPECT_NE(why_not(whole.substr(0, length)), "taken") << length;
    EXPECT_EQ(why_not(whole), "taken");
}

TEST(EnvelopeContent, NothingFollowsTheEnd) {
    for (const auto* more : {"\n", "end\n", "x", "volume aaaaaaaa-2222-4333-8444-555555555555\nkey one\n"})
        expect_says(why_not(kHead + kFirst + "end\n" + more), "more text behind");
}

TEST(EnvelopeContent, TimesAndUuidsAreExact) {
    for (const auto* time : {"", "-1", "+1800000060", "1800000060 ", " 1800000060", "0x7fffffff", "never",
                             "18446744073709551616", "1800000060.5"})
        expect_says(why_not("guestkeyd-envelope 1\nexpires " + std::string(time) + "\n"), "line 2");
    expect_says(why_not("guestkeyd-envelope 1\nguest web\n"), "line 2 of the envelope has no UUID");
    expect_says(why_not(kHead + "volume vda\n"), "line 4 of the envelope has no UUID");
}

TEST(EnvelopeContent, OtherVersionsAndTextModeAreNamed) {
    expect_says(why_not("guestkeyd-envelope 2\n"), "opens no others");
    expect_says(why_not("guestkeyd-envelope 1\r\nguest web\r\n"), "use openssl cms with -binary");
}

} // namespace
} // namespace guestkeyd::test
