// SPDX-License-Identifier: LGPL-2.1-or-later
#include "guest_fixture.h"

namespace guestkeyd {
namespace {

TEST_F(AGuest, IsExpectedThenPresentThenRunning) {
    attach();
    EXPECT_EQ(state(), GuestState::Unknown);
    lifecycle_.on_listed({}, {});
    EXPECT_EQ(state(), GuestState::Expected);
    happens(GuestHappened::Defined);
    EXPECT_EQ(state(), GuestState::Present);
    EXPECT_EQ(store_.get(kGuest).record.name, "web");
    happens(GuestHappened::Started);
    EXPECT_EQ(state(), GuestState::Running);
    lifecycle_.on_lost();
    EXPECT_EQ(state(), GuestState::Unknown);
}

TEST_F(AGuest, ThatLibvirtKnowsAlreadyIsPresentWithItsFirstKey) {
    lifecycle_.on_listed({listed(false)}, {});
    attach();
    EXPECT_EQ(state(), GuestState::Present);
    EXPECT_EQ(store_.get(kGuest).record.name, "web");
    EXPECT_TRUE(store_.get(kGuest).record.known);
}

TEST_F(AGuest, WhoseKeysCameWhileItRanLosesThemWhenItWasDestroyedUnheard) {
    lifecycle_.on_listed({listed(true)}, {});
    attach();
    lifecycle_.on_lost();
    lifecycle_.on_listed({listed(false, StoppedBecause::Destroyed)}, {});
    EXPECT_FALSE(has_keys());
}

TEST_F(AGuest, LosesItsKeysWhenDestroyed) {
    runs_defined();
    stops(StoppedBecause::Destroyed);
    EXPECT_FALSE(has_keys());
    EXPECT_EQ(reason_, "destroyed");
}

TEST_F(AGuest, LosesItsKeysWhenItMigratedAway) {
    runs_defined();
    stops(StoppedBecause::Migrated);
    EXPECT_FALSE(has_keys());
    EXPECT_EQ(reason_, "migrated");
}

TEST_F(AGuest, LosesItsKeysWhenUndefinedWhileOff) {
    lifecycle_.on_listed({listed(false)}, {});
    attach();
    happens(GuestHappened::Undefined, static_cast<int>(UndefinedBecause::Removed));
    EXPECT_FALSE(has_keys());
    EXPECT_EQ(reason_, "undefined");
}

TEST_F(AGuest, ThatIsUndefinedWhileRunningKeepsItsKeysUntilItStops) {
    runs_defined();
    happens(GuestHappened::Undefined, static_cast<int>(UndefinedBecause::Removed));
    EXPECT_TRUE(has_keys());
    stops(StoppedBecause::Shutdown);
    EXPECT_FALSE(has_keys());
}

TEST_F(AGuest, ThatIsTransientLosesItsKeysWhenItShutsDown) {
    runs_transient();
    stops(StoppedBecause::Shutdown);
    EXPECT_FALSE(has_keys());
    EXPECT_EQ(reason_, "stopped");
}

TEST_F(AGuest, KeepsItsKeysThroughEverythingThatItCanBeStartedAgainFrom) {
    for (const auto because : {StoppedBecause::Shutdown, StoppedBecause::Crashed, StoppedBecause::Failed,
                               StoppedBecause::Saved, StoppedBecause::FromSnapshot}) {
        runs_defined();
        stops(because);
        EXPECT_TRUE(has_keys());
        EXPECT_EQ(state(), GuestState::Present);
    }
}

TEST_F(AGuest, KeepsItsKeysWhilePausedResumedRebootedOrRenamed) {
    runs_defined();
    for (const auto happened : {GuestHappened::Suspended, GuestHappened::Resumed, GuestHappened::Shutdown,
                                GuestHappened::Crashed, GuestHappened::PmSuspended})
        happens(happened);
    EXPECT_EQ(state(), GuestState::Running);
    stops(StoppedBecause::Shutdown);
    happens(GuestHappened::Undefined, static_cast<int>(UndefinedBecause::Renamed));
    happens(GuestHappened::Defined, 2);
    EXPECT_EQ(state(), GuestState::Present);
}

TEST_F(AGuest, ThatWasDestroyedWhileNobodyListenedLosesItsKeysOnReconnect) {
    runs_defined();
    lifecycle_.on_lost();
    lifecycle_.on_listed({listed(false, StoppedBecause::Destroyed)}, {});
    EXPECT_FALSE(has_keys());
    EXPECT_EQ(reason_, "destroyed");
}

TEST_F(AGuest, ThatWasDestroyedBeforeItsKeysCameKeepsThemOnReconnect) {
    lifecycle_.on_listed({listed(false, StoppedBecause::Destroyed)}, {});
    attach();
    lifecycle_.on_lost();
    lifecycle_.on_listed({listed(false, StoppedBecause::Destroyed)}, {});
    EXPECT_TRUE(has_keys());
}

TEST_F(AGuest, ThatVanishedWhileNobodyListenedLosesItsKeysOnReconnect) {
    runs_defined();
    lifecycle_.on_lost();
    lifecycle_.on_listed({}, {});
    EXPECT_FALSE(has_keys());
    EXPECT_EQ(reason_, "vanished");
}

TEST_F(AGuest, ThatNeverShowedUpIsStillExpectedAfterAReconnect) {
    attach();
    lifecycle_.on_listed({}, {});
    lifecycle_.on_lost();
    lifecycle_.on_listed({}, {});
    EXPECT_EQ(state(), GuestState::Expected);
}

TEST_F(AGuest, KeepsItsKeysWhileLibvirtDoesNotAnswer) {
    runs_defined();
    lifecycle_.on_lost();
    EXPECT_TRUE(has_keys());
}

TEST_F(AGuest, OfWhichAnEventToldAfterTheListWasMadeIsNotJudgedByTheList) {
    runs_defined();
    lifecycle_.on_lost();
    happens(GuestHappened::Started);
    lifecycle_.on_listed({}, {kGuest});
    EXPECT_EQ(state(), GuestState::Running);
}

TEST_F(AGuest, OfWhoseEndAnEventToldBeforeTheListCameIsJudgedByTheEvent) {
    attach();
    store_.amend(kGuest, [](GuestRecord& record) { record.known = record.running = true; });
    stops(StoppedBecause::Failed);
    EXPECT_EQ(state(), GuestState::Unknown);
    lifecycle_.on_listed({listed(false, StoppedBecause::Failed)}, {kGuest});
    ASSERT_TRUE(has_keys());
    EXPECT_EQ(state(), GuestState::Present);
}

TEST_F(AGuest, OfWhoseEndAnEventToldBeforeAListWithoutItCameWasTransient) {
    attach();
    store_.amend(kGuest, [](GuestRecord& record) { record.known = record.running = true; });
    stops(StoppedBecause::Failed);
    lifecycle_.on_listed({}, {kGuest});
    EXPECT_FALSE(has_keys());
}

} // namespace
} // namespace guestkeyd
