// SPDX-License-Identifier: LGPL-2.1-or-later
#include "agent/throughput.h"

#include <gtest/gtest.h>

namespace guestkeyd {
namespace {

using namespace std::chrono_literals;

class AThroughput : public testing::Test {
  protected:
    void after(std::chrono::milliseconds time, std::uint64_t done, std::uint64_t total = 1000) {
        now_ += time;
        throughput_.report(done, total, now_);
    }

    Throughput throughput_;
    Throughput::Clock::time_point now_{};
};

TEST_F(AThroughput, IsUnknownBeforeTheFirstReport) {
    EXPECT_FALSE(throughput_.known());
    EXPECT_EQ(throughput_.fraction(), 0);
    EXPECT_EQ(throughput_.left(), std::nullopt);
}

TEST_F(AThroughput, KnowsNoRateFromOneReport) {
    after(0s, 400);
    EXPECT_TRUE(throughput_.known());
    EXPECT_DOUBLE_EQ(throughput_.fraction(), 0.4);
    EXPECT_EQ(throughput_.rate(), 0U);
    EXPECT_EQ(throughput_.left(), std::nullopt);
}

TEST_F(AThroughput, CountsNothingThatWasDoneBeforeTheFirstReport) {
    after(0s, 400);
    after(1s, 500);
    EXPECT_EQ(throughput_.rate(), 100U);
    EXPECT_EQ(throughput_.left(), 5s);
}

TEST_F(AThroughput, FollowsAChangeOfSpeed) {
    after(0s, 0, 100000);
    after(1s, 100, 100000);
    std::uint64_t done = 100;
    for (int i = 0; i < 100; ++i)
        after(250ms, done += 250, 100000);
    EXPECT_GT(throughput_.rate(), 980U);
    EXPECT_LE(throughput_.rate(), 1000U);
}

TEST_F(AThroughput, HasNoTimeLeftAtTheEnd) {
    after(0s, 0);
    after(1s, 1000);
    EXPECT_EQ(throughput_.left(), 0s);
    EXPECT_EQ(throughput_.fraction(), 1);
}

} // namespace
} // namespace guestkeyd
