// SPDX-License-Identifier: LGPL-2.1-or-later
#include "guest_fixture.h"
#include "loop/timer.h"

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

TEST_F(AGuest, ThatIsRevertedAsLibvirtIsLostIsNotJudgedUntilItAnswers) {
    using namespace std::chrono_literals;
    Lifecycle impatient(loop_, store_, log_, 1ms);
    wipe_on_ = WipeOn::Stopped;
    runs_defined();
    impatient.on_listed({listed(true)}, {});
    impatient.on_event({kGuest, "web", GuestHappened::Stopped, static_cast<int>(StoppedBecause::FromSnapshot)});
    impatient.on_lost();
    Timer wait(loop_, [&] { has_keys() ? wait.arm(1ms) : loop_.exit(0); });
    Timer libvirt_answers(loop_, [&] {
        EXPECT_TRUE(has_keys());
        impatient.on_listed({listed(false)}, {});
        wait.arm(1ms);
    });
    libvirt_answers.arm(20ms);
    loop_.run();
}

TEST_F(AGuest, ThatStoppedUnheardForAReasonThatLibvirtForgotIsJudgedAllTheSame) {
    runs_defined();
    lifecycle_.on_lost();
    lifecycle_.on_listed({listed(false)}, {});
    EXPECT_TRUE(has_keys());
    wipe_on_ = WipeOn::Stopped;
    runs_defined();
    lifecycle_.on_lost();
    lifecycle_.on_listed({listed(false)}, {});
    EXPECT_FALSE(has_keys());
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
