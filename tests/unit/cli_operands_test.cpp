// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/guest_operand.h"
#include "cli/volume_operand.h"

#include <gtest/gtest.h>

namespace guestkeyd::cli {

namespace {

const std::string kVolume = "0b7a5c1e-8f1d-4b43-9a0a-3b1d5f0e7c11";
const GuestId kWeb = GuestId::parse("5f9d7d1e-3a61-4a9e-8c6b-0d9b5a1f2e01");
const GuestId kMail = GuestId::parse("5f9d7d1e-3a61-4a9e-8c6b-0d9b5a1f2e02");

Failure failure_of(const std::function<void()>& action) {
    try {
        action();
    } catch (const Failure& failure) {
        return failure;
    }
    return Failure(ErrorCode::Internal, "nothing was thrown");
}

} // namespace

TEST(VolumeOperand, MayBeJustAUuid) {
    const auto volume = parse_volume_operand(kVolume, 1);
    EXPECT_EQ(volume.id.str(), kVolume);
    EXPECT_EQ(volume.delivery, "");
}

TEST(VolumeOperand, CarriesAttributes) {
    const auto volume = parse_volume_operand(kVolume + ",usage-type=volume,delivery=none,usage-id=/a=b", 1);
    EXPECT_EQ(volume.delivery, "none");
    EXPECT_EQ(volume.usage_type, "volume");
    EXPECT_EQ(volume.usage_id, "/a=b");
    const auto mapped = parse_volume_operand(kVolume + ",delivery=dm-crypt,device=/dev/vg/web,mapping=web", 1);
    EXPECT_EQ(mapped.device, "/dev/vg/web");
    EXPECT_EQ(mapped.mapping, "web");
}

TEST(VolumeOperand, ADoubledCommaStandsForItself) {
    EXPECT_EQ(parse_volume_operand(kVolume + ",usage-id=/a,,b,,,delivery=none", 1).usage_id, "/a,b,");
}

TEST(VolumeOperand, AKeyInItsPlaceIsNotRepeated) {
    for (const auto& text : {std::string("canary"), kVolume + ",canary", kVolume + ",canary=canary"}) {
        const auto failure = failure_of([&] { parse_volume_operand(text, 2); });
        EXPECT_EQ(failure.code(), ErrorCode::InvalidArgs);
        EXPECT_NE(failure.message().find("volume 2 on the command line"), std::string::npos);
        EXPECT_EQ(failure.message().find("canary"), std::string::npos) << failure.message();
    }
}

TEST(VolumeOperand, AnAttributeNeedsAValue) {
    const auto failure = failure_of([&] { parse_volume_operand(kVolume + ",delivery=", 1); });
    EXPECT_EQ(failure.message(), "volume 1 on the command line has no value after delivery=");
}

TEST(GuestOperand, ANameIsLookedUp) {
    EXPECT_EQ(guest_named("mail", {{kWeb, "web"}, {kMail, "mail"}}), kMail);
}

TEST(GuestOperand, AnUnknownNameIsQuoted) {
    const auto failure = failure_of([&] { guest_named("mial", {{kWeb, "web"}}); });
    EXPECT_EQ(failure.code(), ErrorCode::NoSuchGuest);
    EXPECT_NE(failure.message().find("'mial'"), std::string::npos);
}

TEST(GuestOperand, AnAmbiguousNameNamesItsGuests) {
    const auto failure = failure_of([&] { guest_named("web", {{kWeb, "web"}, {kMail, "web"}}); });
    EXPECT_EQ(failure.code(), ErrorCode::InvalidArgs);
    EXPECT_NE(failure.message().find(kWeb.str()), std::string::npos);
    EXPECT_NE(failure.message().find(kMail.str()), std::string::npos);
}

TEST(GuestOperand, AnEmptyNameIsNoName) {
    EXPECT_EQ(failure_of([&] { guest_named("", {{kWeb, ""}}); }).code(), ErrorCode::NoSuchGuest);
}

} // namespace guestkeyd::cli
