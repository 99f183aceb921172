// SPDX-License-Identifier: LGPL-2.1-or-later
#include "agent/record.h"

#include <gtest/gtest.h>

namespace guestkeyd {
namespace {

const auto kGuest = GuestId::parse("11111111-2222-4333-8444-555555555555");
const auto kVolume = VolumeId::parse("aaaaaaaa-2222-4333-8444-555555555555");

TEST(KeyRecord, SurvivesBeingWrittenAndRead) {
    const KeyRecord record{kGuest, kVolume, 42, {Delivery::None, SecretUsage{SecretUse::Ceph, "client admin=100%\t;"}}};
    const auto again = decode_key_description(encode_description(record));
    ASSERT_TRUE(again);
    EXPECT_EQ(again->guest, kGuest);
    EXPECT_EQ(again->volume, kVolume);
    EXPECT_EQ(again->epoch, 42U);
    EXPECT_EQ(again->attributes, record.attributes);
}

TEST(GuestRecord, SurvivesBeingWrittenAndRead) {
    GuestRecord record;
    record.epoch = 3;
    record.floor = 2;
    record.known = record.running = record.purging = true;
    record.generation = 9;
    record.wipe_on = WipeOn::Undefined;
    record.lease_ends = 1800000000;
    record.lease_length = 60;
    record.expected_until = 1800000001;
    record.expected_within = 61;
    record.last_used = 1700000000000000;
    record.name = "web server = 1 %";
    const auto again = decode_guest_payload(encode_payload(record));
    ASSERT_TRUE(again);
    EXPECT_EQ(*again, record);
}

TEST(GuestRecord, AnyNameFitsIntoAPayloadThatTheKernelCanUpdate) {
    GuestRecord record;
    record.name = std::string(5000, '%');
    EXPECT_LE(encode_payload(record).size(), 4096U);
}

TEST(Records, WhatIsNotOursIsNotRead) {
    const auto good = encode_description({kGuest, kVolume, 1, {}});
    EXPECT_TRUE(decode_key_description(good));
    for (const auto& text : {std::string(), std::string("guestkeyd2") + good.substr(10), good.substr(0, 30),
                             good + " usage-type=magic usage-id=x", good + " broken", good + " x=%4"})
        EXPECT_FALSE(decode_key_description(text)) << text;
    EXPECT_FALSE(decode_guest_description(good));
    EXPECT_FALSE(decode_guest_payload("guest epoch=x"));
    EXPECT_FALSE(decode_guest_payload("nonsense"));
}

} // namespace
} // namespace guestkeyd
