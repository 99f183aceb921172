// SPDX-License-Identifier: LGPL-2.1-or-later
#include "sealing/volume_envelope.h"
#include "sealing_refusal.h"

namespace guestkeyd::test {
namespace {

constexpr std::uint64_t kNow = 1800000000;

const std::string kHead = "guestkeyd-volume-envelope 1\n"
                          "operation reencrypt\n"
                          "volume default/web 1.img\n"
                          "expires 1800000060\n";
const std::string kWhole = kHead + "key one\nkey  two = 2 \nend\n";

std::string why_not(const std::string& text) {
    const auto buffer = SecretBuffer::copy_of(text);
    return refusal(ErrorCode::BadEnvelope, [&] { parse_volume_envelope(buffer, kNow); });
}

TEST(VolumeEnvelope, NamesOperationVolumeAndExpiryAndHasTheKeysInOrder) {
    const auto text = SecretBuffer::copy_of(kWhole);
    const auto content = parse_volume_envelope(text, kNow);
    EXPECT_EQ(content.operation, "reencrypt");
    EXPECT_EQ(content.volume, "default/web 1.img");
    EXPECT_EQ(content.expires, kNow + 60);
    EXPECT_EQ(content.keys, (std::vector<std::string_view>{"one", " two = 2 "}));
}

TEST(VolumeEnvelope, WhatIsWrittenIsReadBack) {
    const auto text = SecretBuffer::copy_of(kWhole);
    EXPECT_EQ(write_volume_envelope(parse_volume_envelope(text, kNow)).view(), text.view());
}

TEST(VolumeEnvelope, ExpiresAtTheSecondItNames) {
    const auto text = SecretBuffer::copy_of(kWhole);
    EXPECT_NO_THROW(parse_volume_envelope(text, kNow + 59));
    expect_says(refusal(ErrorCode::BadEnvelope, [&] { parse_volume_envelope(text, kNow + 60); }), "expired 0 s ago");
}

TEST(VolumeEnvelope, CutShortAnywhereItIsRefused) {
    for (std::size_t length = 0; length < kWhole.size(); ++length)
        EXPECT_NE(why_not(kWhole.substr(0, length)), "taken") << length;
    EXPECT_EQ(why_not(kWhole), "taken");
}

TEST(VolumeEnvelope, LinesAreRefusedByNumberAndNotShown) {
    const auto why = why_not("guestkeyd-volume-envelope 1\noperation create\nkey secret-blue\n");
    expect_says(why, "line 3 of the envelope does not say 'volume'");
    EXPECT_EQ(why.find("blue"), std::string::npos);
    expect_says(why_not(kHead + "end\n"), "one key at least");
    expect_says(why_not(kWhole + "end\n"), "more text behind");
    expect_says(why_not(kHead + "key one\nformat luks1\nend\n"), "line 6 of the envelope is neither");
    expect_says(why_not("guestkeyd-volume-envelope 1\noperation create\nvolume \n"), "has no value");
    expect_says(why_not("guestkeyd-volume-envelope 1\noperation create\nvolume /v\nexpires never\n"), "is no time");
}

TEST(VolumeEnvelope, IsNotTakenForOneOfAGuestsKeys) {
    expect_says(why_not("guestkeyd-envelope 1\n"), "line 1 of the envelope is not 'guestkeyd-volume-envelope 1'");
}

} // namespace
} // namespace guestkeyd::test
