// SPDX-License-Identifier: LGPL-2.1-or-later
// When mappings are opened, closed and suspended, with a stand-in for the worker. What device-mapper does is tested
// where there is one, in tests/vm.
#include "mapping_fixture.h"

namespace guestkeyd {
namespace {

TEST_F(AMappedGuest, HasAllItsVolumesOpenedWithTheirKeys) {
    attach();
    EXPECT_FALSE(open());
    EXPECT_TRUE(done("open one with first"));
    EXPECT_TRUE(done("open two with second"));
    EXPECT_EQ(kept().size(), 2U);
    EXPECT_TRUE(store_.get(kGuest).record.starting);
}

TEST_F(AMappedGuest, LosesThemWhenItHasStopped) {
    attach();
    EXPECT_FALSE(open());
    mappings_->close(kGuest);
    EXPECT_TRUE(comes_true([this] { return kept().empty(); }));
    EXPECT_TRUE(done("close one"));
    EXPECT_TRUE(done("close two"));
}

TEST_F(AMappedGuest, HasNoneOpenIfOneCannotBe) {
    attach();
    answers("open.two", kWrongKey);
    const auto failure = open();
    ASSERT_TRUE(failure);
    EXPECT_EQ(failure->code(), ErrorCode::WrongKey);
    EXPECT_TRUE(comes_true([this] { return kept().empty(); }));
    EXPECT_TRUE(done("close one"));
}

TEST_F(AMappedGuest, DoesNotHaveAMappingClosedThatSomebodyElseOpened) {
    attach();
    answers("open.two", kBusy);
    EXPECT_TRUE(open());
    EXPECT_TRUE(comes_true([this] { return kept().empty(); }));
    EXPECT_FALSE(done("close two"));
}

TEST_F(AMappedGuest, HasThemClosedOnceNobodyHasThemOpen) {
    attach();
    EXPECT_FALSE(open());
    answers("close.one", kBusy + kBusy);
    mappings_->close(kGuest);
    EXPECT_TRUE(comes_true([this] { return kept().empty(); }));
    EXPECT_TRUE(done("close one", 3));
}

TEST_F(AMappedGuest, ThatStartsAgainMeanwhileKeepsThem) {
    attach();
    EXPECT_FALSE(open());
    answers("close.one", kBusy + kBusy + kBusy);
    mappings_->close(kGuest);
    EXPECT_FALSE(open());
    EXPECT_TRUE(done("open one again with first"));
    EXPECT_EQ(kept().size(), 2U);
}

TEST_F(AMappedGuest, HasLeftOversClosedByANewAgentIfItDoesNotRun) {
    leave_over("one");
    start_agent();
    libvirt_says_ = GuestState::Present;
    mappings_->close_left_over();
    EXPECT_TRUE(comes_true([this] { return kept().empty(); }));
    EXPECT_TRUE(done("close one"));
}

TEST_F(AMappedGuest, KeepsThemAsLongAsItRunsOrNobodyKnows) {
    leave_over("one");
    for (const auto state : {GuestState::Unknown, GuestState::Running, GuestState::Leaving}) {
        start_agent();
        libvirt_says_ = state;
        mappings_->close_left_over();
        mappings_->keys_went(kGuest, {kVolume});
    }
    libvirt_says_ = GuestState::Running;
    mappings_->suspend(kGuest);
    EXPECT_TRUE(comes_true([this] { return done("suspend one"); }));
    EXPECT_FALSE(done("close one"));
    EXPECT_EQ(kept().size(), 1U);
}

TEST_F(AMappedGuest, GoesOnWhenKeysOfASuspendedMappingComeAgain) {
    attach();
    EXPECT_FALSE(open());
    libvirt_says_ = GuestState::Running;
    mappings_->suspend(kGuest);
    EXPECT_TRUE(comes_true([this] {
        const auto records = kept();
        return records.size() == 2 && records[0].suspended && records[1].suspended;
    }));
    start_agent();
    attach();
    mappings_->keys_came(kGuest, {kVolume, kSecond});
    EXPECT_TRUE(comes_true([this] {
        const auto records = kept();
        return records.size() == 2 && !records[0].suspended && !records[1].suspended;
    }));
    EXPECT_TRUE(done("open one again with first"));
}

TEST_F(AMappedGuest, ThatIsOffHasWhatItsKeysOpenedClosedWhenTheyAreWiped) {
    attach();
    EXPECT_FALSE(open());
    libvirt_says_ = GuestState::Present;
    mappings_->keys_went(kGuest, {kVolume});
    EXPECT_TRUE(comes_true([this] { return kept().size() == 1; }));
    EXPECT_EQ(kept().front().name, "two");
}

TEST_F(AMappedGuest, HasNamesOfItsOwn) {
    attach();
    try {
        mappings_->check(push(kOtherGuest));
        ADD_FAILURE() << "was taken";
    } catch (const Failure& failure) {
        EXPECT_EQ(failure.code(), ErrorCode::InvalidArgs);
        EXPECT_EQ(failure.message().find(kGuest.str()), std::string::npos) << failure.message();
    }
    auto twice = push();
    twice.attributes[1] = twice.attributes[0];
    EXPECT_THROW(mappings_->check(twice), Failure);
}

TEST(LeftOverMapping, IsGivenAMinuteIfItsGuestMayBeStarting) {
    const MappingRecord record{"one", kGuest, kVolume, "/dev/vg/one", 1000, false};
    for (const auto state : {GuestState::Present, GuestState::Expected}) {
        EXPECT_FALSE(is_left_over(record, state, 1059));
        EXPECT_TRUE(is_left_over(record, state, 1060));
    }
    for (const auto state : {GuestState::Unknown, GuestState::Running, GuestState::Leaving})
        EXPECT_FALSE(is_left_over(record, state, 5000));
}

} // namespace
} // namespace guestkeyd
