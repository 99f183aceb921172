// SPDX-License-Identifier: LGPL-2.1-or-later
#include "job_queue_fixture.h"

namespace guestkeyd::test {
namespace {

class FailingRun final : public JobRun {
  public:
    void start(Reports) override { throw Failure(ErrorCode::Unsupported, "it cannot be done"); }
    void cancel() override {}
};

TEST_F(AJobQueue, RunsAsManyJobsAtOnceAsItMay) {
    const auto first = add(1);
    const auto second = add(1);
    const auto third = add(1);
    EXPECT_EQ(state(first), JobState::Running);
    EXPECT_EQ(state(second), JobState::Running);
    EXPECT_EQ(state(third), JobState::Waiting);
    EXPECT_EQ(queue_.get(third).started, 0U);
    end(first);
    EXPECT_EQ(state(first), JobState::Done);
    EXPECT_TRUE(works_.at(first)->gone);
    EXPECT_TRUE(started(third));
    EXPECT_EQ(queue_.unfinished(), 2U);
}

TEST_F(AJobQueue, TakesUpWhatIsUnderWayAlreadyAtOnceAndBeyondItsLimits) {
    add(1);
    add(1);
    auto work = std::make_shared<Work>();
    const auto found =
        queue_.take_up({"reencrypt", "/dev/vg/web", "/dev/vg/web", 7}, std::make_unique<TestedRun>(work), 17);
    EXPECT_TRUE(work->reports);
    EXPECT_EQ(state(found), JobState::Running);
    EXPECT_EQ(queue_.get(found).started, 17U);
    EXPECT_EQ(refusal(1, "/dev/vg/web"), ErrorCode::Busy);
    work->reports->ended(std::nullopt);
    EXPECT_EQ(state(found), JobState::Done);
}

TEST_F(AJobQueue, TakesUpWhatHasDiedAsAFailure) {
    const auto found =
        queue_.take_up({"reencrypt", "/dev/vg/web", "/dev/vg/web", 7}, std::make_unique<FailingRun>(), 17);
    EXPECT_EQ(state(found), JobState::Failed);
    EXPECT_EQ(ended_, std::vector{found});
}

TEST_F(AJobQueue, SaysOfAJobThatIsDoneThatNothingIsLeft) {
    const auto done = add(1);
    const auto failed = add(1);
    for (const auto job : {done, failed})
        works_.at(job)->reports->progress(30, 100);
    end(done);
    end(failed, Failure(ErrorCode::Internal, "it broke"));
    EXPECT_EQ(queue_.get(done).progress.fraction(), 1);
    EXPECT_EQ(queue_.get(failed).progress.done(), 30U);
}

TEST_F(AJobQueue, LetsACallerWithOneJobPassOneWithMany) {
    const auto first = add(1);
    add(1);
    const auto third = add(1);
    const auto fourth = add(1);
    const auto of_other = add(2);
    end(first);
    EXPECT_TRUE(started(of_other));
    EXPECT_FALSE(started(third));
    end(of_other);
    EXPECT_TRUE(started(third));
    EXPECT_FALSE(started(fourth));
}

TEST_F(AJobQueue, TakesCallersInTurn) {
    const auto running = add(1);
    const auto other_running = add(2);
    const auto of_first = add(1);
    const auto of_second = add(2);
    end(other_running);
    EXPECT_TRUE(started(of_second));
    EXPECT_FALSE(started(of_first));
    end(running);
    EXPECT_TRUE(started(of_first));
}

TEST_F(AJobQueue, RefusesMoreJobsThanACallerMayHave) {
    for (int i = 0; i < 8; ++i)
        add(1);
    EXPECT_EQ(refusal(1, ""), ErrorCode::LimitsExceeded);
    add(2);
    end(1);
    add(1);
    EXPECT_EQ(added_.size(), 10U);
}

TEST_F(AJobQueue, RefusesASecondJobOfAVolumeUntilTheFirstHasEnded) {
    const auto first = add(1, "/volume");
    EXPECT_EQ(refusal(2, "/volume"), ErrorCode::Busy);
    end(first);
    add(2, "/volume");
    EXPECT_EQ(refusal(1, "/volume"), ErrorCode::Busy);
}

TEST_F(AJobQueue, EndsAWaitingJobThatIsCancelled) {
    add(1);
    add(1);
    const auto waiting = add(1);
    queue_.cancel(waiting);
    EXPECT_EQ(state(waiting), JobState::Cancelled);
    EXPECT_TRUE(works_.at(waiting)->gone);
    EXPECT_FALSE(started(waiting));
}

TEST_F(AJobQueue, AsksARunningJobToEnd) {
    const auto job = add(1);
    queue_.cancel(job);
    EXPECT_EQ(state(job), JobState::Cancelling);
    EXPECT_TRUE(works_.at(job)->cancelled);
    EXPECT_EQ(queue_.unfinished(), 1U);
    end(job, Failure(ErrorCode::Cancelled, "as asked"));
    EXPECT_EQ(state(job), JobState::Cancelled);
}

TEST_F(AJobQueue, LetsACancelledJobFinishThatWasNearlyDone) {
    const auto job = add(1);
    queue_.cancel(job);
    end(job);
    EXPECT_EQ(state(job), JobState::Done);
    queue_.cancel(job);
    EXPECT_EQ(state(job), JobState::Done);
}

TEST_F(AJobQueue, KnowsWhyAJobFailed) {
    const auto job = add(1);
    end(job, Failure(ErrorCode::WrongKey, "no"));
    EXPECT_EQ(state(job), JobState::Failed);
    EXPECT_EQ(queue_.get(job).failure->code(), ErrorCode::WrongKey);
}

TEST_F(AJobQueue, TellsOfAJobBeforeItFailsAtItsStart) {
    const auto job = queue_.add({"create", "", "", 1}, std::make_unique<FailingRun>());
    EXPECT_EQ(state(job), JobState::Waiting);
    settle();
    EXPECT_EQ(added_, std::vector{job});
    EXPECT_EQ(ended_, std::vector{job});
    EXPECT_EQ(queue_.get(job).failure->message(), "it cannot be done");
}

TEST_F(AJobQueue, KnowsNothingOfAJobThatNeverWas) {
    try {
        queue_.cancel(7);
        FAIL() << "was found";
    } catch (const Failure& failure) {
        EXPECT_EQ(failure.code(), ErrorCode::NoSuchJob);
    }
}

} // namespace
} // namespace guestkeyd::test
