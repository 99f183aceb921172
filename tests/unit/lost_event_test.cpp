// SPDX-License-Identifier: LGPL-2.1-or-later
// What is found of a guest, where no event has told.
#include "guest_fixture.h"

namespace guestkeyd {
namespace {

using Doubtful = std::vector<GuestId>;

TEST_F(AGuest, ThatIsFoundDestroyedLosesItsKeys) {
    runs_defined();
    lifecycle_.on_looked_at(kGuest, listed(false, StoppedBecause::Destroyed));
    EXPECT_FALSE(has_keys());
    EXPECT_EQ(reason_, "destroyed");
}

TEST_F(AGuest, ThatIsFoundOffKeepsItsKeysIfItCanBeStartedAgain) {
    for (const auto because : {StoppedBecause::Shutdown, StoppedBecause::Failed, StoppedBecause::Saved}) {
        runs_defined();
        lifecycle_.on_looked_at(kGuest, listed(false, because));
        EXPECT_TRUE(has_keys());
        EXPECT_EQ(state(), GuestState::Present);
    }
}

TEST_F(AGuest, ThatIsFoundGoneLosesItsKeys) {
    runs_defined();
    lifecycle_.on_looked_at(kGuest, std::nullopt);
    EXPECT_FALSE(has_keys());
    EXPECT_EQ(reason_, "vanished");
}

TEST_F(AGuest, ThatIsFoundNotToHaveArrivedIsExpectedAgain) {
    lifecycle_.on_listed({}, {});
    attach();
    happens(GuestHappened::Started, 1);
    lifecycle_.on_looked_at(kGuest, std::nullopt);
    EXPECT_TRUE(has_keys());
    EXPECT_EQ(state(), GuestState::Expected);
}

TEST_F(AGuest, ThatIsFoundToRunRuns) {
    lifecycle_.on_listed({listed(false)}, {});
    attach();
    lifecycle_.on_looked_at(kGuest, listed(true));
    EXPECT_EQ(state(), GuestState::Running);
}

TEST_F(AGuest, ThatWasAboutToStartAndIsFoundDestroyedLosesItsKeys) {
    is_about_to_start();
    lifecycle_.on_listed({listed(false, StoppedBecause::Destroyed)}, {});
    EXPECT_FALSE(has_keys());
    EXPECT_EQ(reason_, "destroyed");
}

TEST_F(AGuest, ThatWasAboutToStartAndIsFoundOffKeepsItsKeysWhileItMayStart) {
    is_about_to_start();
    lifecycle_.on_looked_at(kGuest, listed(false));
    EXPECT_TRUE(has_keys());
    lifecycle_.on_looked_at(kGuest, listed(false, StoppedBecause::Destroyed));
    EXPECT_FALSE(has_keys());
}

TEST_F(AGuest, ThatWasStartedInVainKeepsItsKeysWhateverEndedItBefore) {
    wipe_on_ = WipeOn::Stopped;
    is_about_to_start();
    lifecycle_.on_looked_at(kGuest, listed(false, StoppedBecause::Failed));
    lifecycle_.on_looked_at(kGuest, listed(false, StoppedBecause::Destroyed));
    EXPECT_TRUE(has_keys());
    EXPECT_EQ(state(), GuestState::Present);
}

TEST_F(AGuest, IsNotJudgedByALookFromBeforeTheConnectionWasLost) {
    runs_defined();
    lifecycle_.on_lost();
    lifecycle_.on_looked_at(kGuest, std::nullopt);
    EXPECT_TRUE(has_keys());
    EXPECT_EQ(state(), GuestState::Unknown);
}

TEST_F(AGuest, IsInDoubtWhenItIsListedOtherwiseThanItWasSeen) {
    runs_defined();
    EXPECT_EQ(lifecycle_.known_otherwise({listed(true)}), Doubtful{});
    EXPECT_EQ(lifecycle_.known_otherwise({listed(false)}), Doubtful{kGuest});
    EXPECT_EQ(lifecycle_.known_otherwise({}), Doubtful{kGuest});
    auto renamed = listed(true);
    renamed.name = "renamed";
    EXPECT_EQ(lifecycle_.known_otherwise({renamed}), Doubtful{kGuest});
}

TEST_F(AGuest, IsInDoubtWhenItIsListedAndWasNeverSeen) {
    lifecycle_.on_listed({}, {});
    EXPECT_EQ(lifecycle_.known_otherwise({listed(true)}), Doubtful{kGuest});
}

} // namespace
} // namespace guestkeyd
