// SPDX-License-Identifier: LGPL-2.1-or-later
#include "agent/expiry.h"
#include "agent/key_log.h"
#include "loop/event_loop.h"
#include "loop/timer.h"

#include <gtest/gtest.h>
#include <optional>

namespace guestkeyd {
namespace {

using namespace std::chrono_literals;

const auto kGuest = GuestId::parse("11111111-2222-4333-8444-555555555555");

class AGuestWithALimit : public testing::Test {
  protected:
    AGuestWithALimit() { guest_.state = GuestState::Present; }

    // Why the guest was wiped, if it was before the time given had passed.
    std::optional<PurgeReason> wiped_within(std::chrono::microseconds time) {
        std::optional<PurgeReason> wiped;
        EventLoop loop;
        const KeyLog log;
        Expiry expiry(
            loop, [&](GuestId) { return wiped ? nullptr : &guest_; },
            [&](GuestId, PurgeReason reason) {
                wiped = reason;
                loop.exit(0);
            },
            log);
        expiry.consider(guest_);
        Timer deadline(loop, [&] { loop.exit(0); });
        deadline.arm(time);
        loop.run();
        return wiped;
    }

    Guest guest_{kGuest, {}, {}, GuestState::Unknown, {}};
};

TEST_F(AGuestWithALimit, IsWipedWhenItsLeaseEnds) {
    guest_.record.lease_ends = now_in_seconds() + 1;
    guest_.record.lease_length = 60;
    guest_.state = GuestState::Running;
    EXPECT_EQ(wiped_within(20s), PurgeReason::LeaseEnded);
}

TEST_F(AGuestWithALimit, IsWipedAtOnceWhenItsLeaseEndedWhileNobodyLooked) {
    guest_.record.lease_ends = now_in_seconds() - 1;
    EXPECT_EQ(wiped_within(20s), PurgeReason::LeaseEnded);
}

TEST_F(AGuestWithALimit, ThatNeverCameIsWiped) {
    guest_.record.expected_until = now_in_seconds();
    guest_.state = GuestState::Expected;
    EXPECT_EQ(wiped_within(20s), PurgeReason::NeverCame);
}

TEST_F(AGuestWithALimit, IsKeptWhileLibvirtDoesNotAnswer) {
    guest_.record.expected_until = now_in_seconds() - 10;
    guest_.state = GuestState::Unknown;
    EXPECT_EQ(wiped_within(10ms), std::nullopt);
}

TEST_F(AGuestWithALimit, IsKeptUntilThen) {
    guest_.record.lease_ends = now_in_seconds() + 1000;
    guest_.record.lease_length = 1000;
    guest_.record.expected_until = now_in_seconds() + 1000;
    guest_.state = GuestState::Expected;
    EXPECT_EQ(wiped_within(10ms), std::nullopt);
}

TEST_F(AGuestWithALimit, IsKeptWhileItMigratesAway) {
    guest_.state = GuestState::Leaving;
    EXPECT_EQ(wiped_within(2s), std::nullopt);
}

TEST_F(AGuestWithALimit, WhoseWipeFailedIsTriedAgain) {
    guest_.record.purging = true;
    EXPECT_EQ(wiped_within(20s), PurgeReason::Requested);
}

} // namespace
} // namespace guestkeyd
