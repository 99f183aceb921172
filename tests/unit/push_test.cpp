// SPDX-License-Identifier: LGPL-2.1-or-later
#include "loop/alarm.h"
#include "store_fixture.h"
#include "support/wait_until.h"

#include <algorithm>

namespace guestkeyd {
namespace {

TEST_F(Store, AnOlderPushDoesNotUndoANewerOne) {
    auto request = push({kRoot});
    request.generation = 5;
    store_->attach(request, {"five"});
    request.generation = 4;
    try {
        store_->attach(request, {"four"});
        FAIL() << "was taken";
    } catch (const Failure& failure) {
        EXPECT_EQ(failure.code(), ErrorCode::StaleGeneration);
    }
    EXPECT_EQ(key_of(kRoot), "five");
    request.generation = 5;
    EXPECT_NO_THROW(store_->attach(request, {"again"}));
    EXPECT_EQ(key_of(kRoot), "again");
}

TEST_F(Store, WhatAPushDoesNotSayStaysAsAnEarlierOneSaidIt) {
    auto request = push({kRoot});
    request.generation = 5;
    request.wipe_on = WipeOn::Undefined;
    request.lease = 1000;
    store_->attach(request, {"one"});
    const auto before = store_->get(kGuest).record;
    store_->attach(push({kData}), {"two"});
    const auto& after = store_->get(kGuest).record;
    EXPECT_EQ(after.generation, 5U);
    EXPECT_EQ(after.wipe_on, WipeOn::Undefined);
    EXPECT_EQ(after.lease_ends, before.lease_ends);
}

TEST_F(Store, AGuestIsExpectedForNoLessThanWasSaid) {
    auto request = push({kRoot});
    request.expected_within = 1;
    const auto before = now_in_seconds();
    store_->attach(request, {"one"});
    EXPECT_GE(store_->get(kGuest).record.expected_until, before + 2); // of this second, little may have been left
}

TEST_F(Store, TheKernelEndsALeaseThatNobodyElseEnds) {
    auto request = push({kRoot});
    request.lease = 1;
    store_->attach(request, {"one"});
    attach({kData}, {"two"}); // which must not clear the lease
    const auto volumes = store_->get(kGuest).volumes;
    const auto ended = [&](const AttachedVolume& volume) {
        try {
            return store_->read(volume).size() == 0;
        } catch (const Failure&) {
            return true;
        }
    };
    EXPECT_TRUE(test::wait_until([&] { return std::all_of(volumes.begin(), volumes.end(), ended); }));
    restart();
    EXPECT_EQ(store_->find(kGuest), nullptr);
    EXPECT_TRUE(anchor_.serials().empty());
}

TEST_F(Store, ARenewedLeaseIsTheKernelsToo) {
    auto request = push({kRoot});
    request.lease = 1;
    store_->attach(request, {"one"});
    store_->renew_lease(kGuest, 1000);
    const auto old_end = now_in_seconds() + 2;
    EXPECT_TRUE(test::wait_until([&] { return now_in_seconds() > old_end; }));
    EXPECT_EQ(key_of(kRoot), "one");
}

} // namespace
} // namespace guestkeyd
