// SPDX-License-Identifier: LGPL-2.1-or-later
#include "job_queue_fixture.h"

#include "support/wait_until.h"

namespace guestkeyd::test {
namespace {

class AForgetfulJobQueue : public AJobQueue {
  protected:
    AForgetfulJobQueue() : AJobQueue({1, 8, 2, 1s}) {}
};

TEST_F(AForgetfulJobQueue, KeepsTheLastJobsThatEnded) {
    for (int i = 0; i < 4; ++i)
        end(add(1));
    EXPECT_EQ(removed_, (std::vector<JobId>{1, 2}));
    EXPECT_EQ(queue_.ids(), (std::vector<JobId>{3, 4}));
}

TEST_F(AForgetfulJobQueue, ForgetsAJobSomeTimeAfterItsEnd) {
    const auto job = add(1);
    end(job);
    EXPECT_NE(queue_.find(job), nullptr);
    ASSERT_TRUE(wait_until([&] {
        settle();
        return !queue_.find(job);
    }));
    EXPECT_EQ(removed_, std::vector{job});
}

} // namespace
} // namespace guestkeyd::test
