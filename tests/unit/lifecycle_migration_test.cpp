// SPDX-License-Identifier: LGPL-2.1-or-later
#include "guest_fixture.h"
#include "loop/timer.h"

namespace guestkeyd {
namespace {

constexpr int kByMigration = 1;
constexpr int kPostCopyFailed = 8;

class AMigratingGuest : public AGuest {
  protected:
    void arrives() {
        lifecycle_.on_listed({}, {});
        attach();
        happens(GuestHappened::Started, kByMigration);
    }
    void suspended(SuspendedBecause because) { happens(GuestHappened::Suspended, static_cast<int>(because)); }
    void expect_awaited() const {
        ASSERT_TRUE(has_keys());
        EXPECT_EQ(state(), GuestState::Expected);
        EXPECT_FALSE(store_.get(kGuest).record.known);
        EXPECT_GT(store_.get(kGuest).record.expected_until, now_in_seconds());
    }
};

TEST_F(AMigratingGuest, IsLeavingWhileItIsHandedOver) {
    for (const auto because : {SuspendedBecause::Migrated, SuspendedBecause::PostCopy}) {
        runs_defined();
        suspended(because);
        EXPECT_EQ(state(), GuestState::Leaving);
        EXPECT_TRUE(has_keys());
        stops(StoppedBecause::Migrated);
        EXPECT_FALSE(has_keys());
    }
}

TEST_F(AMigratingGuest, RunsOnWhenItsHandOverFailed) {
    runs_defined();
    suspended(SuspendedBecause::Migrated);
    happens(GuestHappened::Resumed, kByMigration);
    EXPECT_EQ(state(), GuestState::Running);
    suspended(SuspendedBecause::PostCopy);
    happens(GuestHappened::Suspended, kPostCopyFailed);
    EXPECT_EQ(state(), GuestState::Running);
    EXPECT_TRUE(has_keys());
}

TEST_F(AMigratingGuest, IsNotLeavingWhenItIsPaused) {
    runs_defined();
    suspended(SuspendedBecause::Paused);
    EXPECT_EQ(state(), GuestState::Running);
}

TEST_F(AMigratingGuest, WhoseArrivalFailedIsExpectedAgain) {
    for (const auto because : {StoppedBecause::Failed, StoppedBecause::Destroyed, StoppedBecause::Crashed}) {
        arrives();
        stops(because);
        expect_awaited();
    }
}

TEST_F(AMigratingGuest, WhoseArrivalFailedUnheardIsStillExpected) {
    arrives();
    lifecycle_.on_lost();
    lifecycle_.on_listed({}, {});
    expect_awaited();
}

TEST_F(AMigratingGuest, WhoseArrivalWasSeenOnlyInAListIsExpectedAgainWhenItFailed) {
    attach();
    auto arriving = listed(true);
    arriving.persistent = false;
    arriving.arriving = true;
    lifecycle_.on_listed({arriving}, {});
    EXPECT_EQ(state(), GuestState::Running);
    stops(StoppedBecause::Failed);
    expect_awaited();
}

TEST_F(AMigratingGuest, ThatIsDefinedHereIsPresentWhenItsArrivalFailed) {
    wipe_on_ = WipeOn::Stopped;
    lifecycle_.on_listed({listed(false)}, {});
    attach();
    happens(GuestHappened::Started, kByMigration);
    stops(StoppedBecause::Failed);
    ASSERT_TRUE(has_keys());
    EXPECT_EQ(state(), GuestState::Present);
}

TEST_F(AMigratingGuest, ThatArrivedIsJudgedAsAnyOther) {
    arrives();
    happens(GuestHappened::Resumed, kByMigration);
    stops(StoppedBecause::Failed);
    EXPECT_FALSE(has_keys());
}

TEST_F(AMigratingGuest, ThatArrivedPausedIsJudgedAsAnyOther) {
    arrives();
    suspended(SuspendedBecause::Paused);
    EXPECT_TRUE(store_.get(kGuest).record.known);
    stops(StoppedBecause::Destroyed);
    EXPECT_FALSE(has_keys());
}

TEST_F(AMigratingGuest, ThatLeftUnheardLosesItsKeys) {
    runs_defined();
    lifecycle_.on_lost();
    lifecycle_.on_listed({listed(false, StoppedBecause::Migrated)}, {});
    EXPECT_EQ(reason_, "migrated");
}

} // namespace
} // namespace guestkeyd
