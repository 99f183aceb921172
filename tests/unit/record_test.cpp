// SPDX-License-Identifier: LGPL-2.1-or-later
#include "agent/mapping_record.h"
#include "agent/record.h"

#include <gtest/gtest.h>

namespace guestkeyd {
namespace {

const auto kGuest = GuestId::parse("11111111-2222-4333-8444-555555555555");
const auto kVolume = VolumeId::parse("aaaaaaaa-2222-4333-8444-555555555555");

TEST(KeyRecord, SurvivesBeingWrittenAndRead) {
    const VolumeAttributes ceph{Delivery::None, SecretUsage{SecretUse::Ceph, "client admin=100%\t;"}, {}};
    const VolumeAttributes mapped{Delivery::DmCrypt, {}, MappedDevice{"/dev/disk/by-id/a b=1%", "web-disk"}};
    for (const auto& attributes : {ceph, mapped}) {
        const auto again = decode_key_description(encode_description({kGuest, kVolume, 42, attributes}));
        ASSERT_TRUE(again);
        EXPECT_EQ(again->guest, kGuest);
        EXPECT_EQ(again->volume, kVolume);
        EXPECT_EQ(again->epoch, 42U);
        EXPECT_EQ(again->attributes, attributes);
    }
}

TEST(KeyRecord, LongestDeviceFitsIntoADescription) {
    const VolumeAttributes longest{Delivery::DmCrypt, {}, MappedDevice{std::string(1024, '%'), std::string(127, '=')}};
    EXPECT_LE(encode_description({kGuest, kVolume, 1, longest}).size(), 4095U);
}

TEST(MappingRecord, SurvivesBeingWrittenAndRead) {
    const MappingRecord record{"web=disk#1", kGuest, kVolume, "/dev/vg/a b", 1800000000, true};
    const auto description = mapping_description(record.name);
    EXPECT_TRUE(is_mapping_description(description));
    EXPECT_EQ(decode_mapping(description, encode_mapping(record)), record);
    EXPECT_FALSE(decode_mapping(description, "mapping guest=x"));
    EXPECT_FALSE(decode_mapping("guestkeyd2 mapping web", encode_mapping(record)));
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
