// SPDX-License-Identifier: LGPL-2.1-or-later
#include "guest_fixture.h"

namespace guestkeyd {
namespace {

TEST_F(AGuest, WipedOnStoppedLosesItsKeysHoweverItStops) {
    wipe_on_ = WipeOn::Stopped;
    for (const auto because : {StoppedBecause::Shutdown, StoppedBecause::Crashed, StoppedBecause::Failed,
                               StoppedBecause::Destroyed, StoppedBecause::Migrated}) {
        runs_defined();
        stops(because);
        EXPECT_FALSE(has_keys());
    }
    runs_defined();
    stops(StoppedBecause::Saved);
    EXPECT_TRUE(has_keys());
}

TEST_F(AGuest, WipedOnUndefinedKeepsItsKeysWhenDestroyedButNotWhenItLeft) {
    wipe_on_ = WipeOn::Undefined;
    runs_defined();
    stops(StoppedBecause::Destroyed);
    EXPECT_TRUE(has_keys());
    happens(GuestHappened::Undefined, static_cast<int>(UndefinedBecause::Removed));
    EXPECT_FALSE(has_keys());
    runs_defined();
    stops(StoppedBecause::Migrated);
    EXPECT_FALSE(has_keys());
}

TEST_F(AGuest, WhoseArrivalFailedIsExpectedAgain) {
    constexpr int kByMigration = 1;
    lifecycle_.on_listed({}, {});
    attach();
    happens(GuestHappened::Started, kByMigration);
    stops(StoppedBecause::Failed);
    ASSERT_TRUE(has_keys());
    EXPECT_EQ(state(), GuestState::Expected);
    EXPECT_FALSE(store_.get(kGuest).record.known);
    EXPECT_GT(store_.get(kGuest).record.expected_until, now_in_seconds());
}

TEST_F(AGuest, ThatArrivedAndIsTransientLosesItsKeysWhenItsQemuDies) {
    constexpr int kByMigration = 1;
    lifecycle_.on_listed({}, {});
    attach();
    happens(GuestHappened::Started, kByMigration);
    happens(GuestHappened::Resumed, kByMigration);
    stops(StoppedBecause::Failed);
    EXPECT_FALSE(has_keys());
}

TEST_F(AGuest, ThatIsTransientAndWasSavedIsExpectedAgain) {
    runs_transient();
    stops(StoppedBecause::Saved);
    EXPECT_EQ(state(), GuestState::Expected);
    lifecycle_.on_listed({}, {});
    EXPECT_TRUE(has_keys());
}

TEST_F(AGuest, ThatIsRevertedToARunningSnapshotKeepsItsKeys) {
    wipe_on_ = WipeOn::Stopped;
    runs_defined();
    stops(StoppedBecause::FromSnapshot);
    EXPECT_TRUE(has_keys());
    happens(GuestHappened::Started, 3);
    EXPECT_EQ(state(), GuestState::Running);
}

TEST_F(AGuest, IsNotExpectedForEverBeforeItShowsUp) {
    lifecycle_.on_listed({}, {});
    attach();
    EXPECT_GT(store_.get(kGuest).record.expected_until, now_in_seconds());
    happens(GuestHappened::Defined);
    EXPECT_EQ(store_.get(kGuest).record.expected_until, 0U);
}

} // namespace
} // namespace guestkeyd
