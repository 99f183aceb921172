// SPDX-License-Identifier: LGPL-2.1-or-later
#include "store_fixture.h"

#include <optional>

namespace guestkeyd {
namespace {

TEST_F(Store, KnowsTheSameAfterARestart) {
    auto request = push({kRoot});
    request.attributes = {{Delivery::None, SecretUsage{SecretUse::Ceph, "pool/image"}}};
    request.generation = 7;
    request.wipe_on = WipeOn::Stopped;
    store_->attach(request, {"one"});
    store_->amend(kGuest, [](GuestRecord& record) {
        record.known = record.running = true;
        record.name = "web-1";
    });
    restart();
    const auto& guest = store_->get(kGuest);
    EXPECT_EQ(guest.record.name, "web-1");
    EXPECT_TRUE(guest.record.known && guest.record.running);
    EXPECT_EQ(guest.record.generation, 7U);
    EXPECT_EQ(guest.record.wipe_on, WipeOn::Stopped);
    EXPECT_EQ(guest.volumes.at(0).attributes,
              (VolumeAttributes{Delivery::None, SecretUsage{SecretUse::Ceph, "pool/image"}}));
    EXPECT_EQ(key_of(kRoot), "one");
    EXPECT_EQ(store_->key_count(), 1U);
}

TEST_F(Store, ANewKeyOfAVolumeReplacesTheOldOneInTheKernel) {
    attach({kRoot, kData}, {"one", "two"});
    const auto old = store_->get(kGuest).find(kRoot)->key.serial;
    attach({kRoot}, {"three"});
    EXPECT_EQ(key_of(kRoot), "three");
    EXPECT_EQ(key_of(kData), "two");
    EXPECT_TRUE(test::is_gone(old));
    EXPECT_EQ(news_, "added changed ");
    restart();
    EXPECT_EQ(key_of(kRoot), "three");
    EXPECT_EQ(store_->key_count(), 2U);
}

TEST_F(Store, AnExclusivePushDropsTheOtherKeys) {
    attach({kRoot, kData}, {"one", "two"});
    attach({kRoot}, {"three"}, true);
    EXPECT_EQ(store_->get(kGuest).find(kData), nullptr);
    EXPECT_EQ(news_, "added purged:1:replaced changed ");
    EXPECT_EQ(anchor_.keys_of(kGuest.str()).size(), 1U);
}

TEST_F(Store, KeysOfAPushThatWasNeverCommittedAreWipedAtTheNextStart) {
    attach({kRoot}, {"one"});
    const auto epoch = store_->get(kGuest).record.epoch;
    const auto orphan = keyring_->add(encode_description({kGuest, kRoot, epoch + 1, {}}), "half");
    const auto stranger = GuestId::parse("99999999-2222-4333-8444-555555555555");
    const auto alone = keyring_->add(encode_description({stranger, kRoot, 1, {}}), "alone");
    restart();
    EXPECT_EQ(key_of(kRoot), "one");
    EXPECT_TRUE(test::is_gone(orphan.serial));
    EXPECT_TRUE(test::is_gone(alone.serial));
    EXPECT_EQ(store_->find(stranger), nullptr);
}

TEST_F(Store, KeysThatACommittedPushReplacedAreWipedAtTheNextStart) {
    attach({kRoot}, {"one"});
    attach({kRoot}, {"two"});
    const auto stale = keyring_->add(encode_description({kGuest, kRoot, 1, {}}), "one");
    restart();
    EXPECT_EQ(key_of(kRoot), "two");
    EXPECT_TRUE(test::is_gone(stale.serial));
}

TEST_F(Store, APurgeThatACrashInterruptedIsFinishedAtTheNextStart) {
    attach({kRoot, kData}, {"one", "two"});
    auto record = store_->get(kGuest).record;
    record.purging = true;
    keyring_->update(store_->get(kGuest).record_key, encode_payload(record));
    restart();
    EXPECT_EQ(store_->find(kGuest), nullptr);
    EXPECT_TRUE(anchor_.serials().empty());
}

TEST_F(Store, ARefusedPushLeavesTheOldKeys) {
    attach({kRoot}, {"one"});
    // The kernel takes no payload of 0 bytes, so the second key fails when the first is in.
    EXPECT_THROW(attach({kRoot, kData}, {"two", ""}), Failure);
    EXPECT_EQ(key_of(kRoot), "one");
    EXPECT_EQ(anchor_.keys_of(kGuest.str()).size(), 1U);
    EXPECT_EQ(store_->key_count(), 1U);
}

TEST_F(Store, DetachingOneVolumeLeavesTheOthers) {
    attach({kRoot, kData}, {"one", "two"});
    EXPECT_EQ(store_->detach(kGuest, {kRoot}, PurgeReason::Requested), 1U);
    EXPECT_EQ(store_->get(kGuest).volumes.size(), 1U);
    EXPECT_EQ(news_, "added purged:1:requested changed ");
}

TEST_F(Store, DetachingAVolumeThatIsNotThereWipesNothing) {
    attach({kRoot}, {"one"});
    try {
        store_->detach(kGuest, {kRoot, kData}, PurgeReason::Requested);
        FAIL() << "was detached";
    } catch (const Failure& failure) {
        EXPECT_EQ(failure.code(), ErrorCode::NoSuchVolume);
    }
    EXPECT_EQ(key_of(kRoot), "one");
}

TEST_F(Store, TheGuestGoesWithItsLastKey) {
    attach({kRoot}, {"one"});
    store_->detach(kGuest, {kRoot}, PurgeReason::Requested);
    EXPECT_EQ(store_->find(kGuest), nullptr);
    EXPECT_EQ(news_, "added purged:1:requested removed ");
    EXPECT_TRUE(anchor_.serials().empty());
}

TEST_F(Store, PurgingAGuestLeavesNothingInTheKernel) {
    attach({kRoot, kData}, {"one", "two"});
    const auto serials = anchor_.serials();
    EXPECT_EQ(store_->purge_guest(kGuest, PurgeReason::Destroyed), 2U);
    for (const auto serial : serials)
        EXPECT_TRUE(test::is_gone(serial));
    EXPECT_THROW(store_->purge_guest(kGuest, PurgeReason::Destroyed), Failure);
}

TEST_F(Store, APurgeIsToldOfWhenNothingIsInTheKernelAnyMore) {
    attach({kRoot, kData}, {"one", "two"});
    std::optional<std::size_t> left;
    store_->tell({{}, {}, {}, [&](GuestId, const auto&, const auto&) { left = anchor_.serials().size(); }});
    store_->purge_guest(kGuest, PurgeReason::Destroyed);
    EXPECT_EQ(left, 0U);
}

TEST_F(Store, LimitsAreKept) {
    const auto extra = VolumeId::parse("cccccccc-2222-4333-8444-555555555555");
    const auto more = VolumeId::parse("dddddddd-2222-4333-8444-555555555555");
    attach({kRoot, kData, extra}, {"1", "2", "3"});
    EXPECT_THROW(attach({more}, {"4"}), Failure);
    EXPECT_NO_THROW(attach({extra}, {"5"}));
    EXPECT_NO_THROW(attach({more}, {"6"}, true));
    for (const auto* guest : {"21111111-2222-4333-8444-555555555555", "31111111-2222-4333-8444-555555555555"}) {
        const bool fits = guest[0] == '2';
        auto request = push({kRoot});
        request.guest = GuestId::parse(guest);
        if (fits)
            EXPECT_NO_THROW(store_->attach(request, {"7"}));
        else
            EXPECT_THROW(store_->attach(request, {"8"}), Failure);
    }
}

} // namespace
} // namespace guestkeyd
