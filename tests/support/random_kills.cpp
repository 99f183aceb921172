// SPDX-License-Identifier: LGPL-2.1-or-later
#include "support/random_kills.h"

#include "support/setting.h"
#include "support/wait_until.h"

#include <algorithm>
#include <csignal>
#include <gtest/gtest.h>
#include <iostream>

namespace guestkeyd::test {

namespace {

using Clock = std::chrono::steady_clock;

constexpr int kKilled = 128 + SIGKILL;

std::chrono::milliseconds time_since(Clock::time_point start) {
    return std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - start);
}

} // namespace

RandomKills::RandomKills(unsigned usual)
    : seed_(setting("RANDOM_SEED", std::random_device{}())), random_(seed_),
      rounds_(setting("GUESTKEYD_KILLS", usual)) {}

RandomKills::~RandomKills() {
    std::cout << "RANDOM_SEED=" << seed_ << ": killed " << killed_
              << ", which had done their work before: " << ended_before_ << '\n';
    EXPECT_GT(killed_, 0U);
}

void RandomKills::take_time_of(const Command& command) {
    const auto start = Clock::now();
    EXPECT_EQ(Process(command).wait(), 0);
    longest_ = time_since(start);
}

void RandomKills::run_and_kill(const Command& command) {
    const std::chrono::milliseconds moment(std::uniform_int_distribution<long>(0, longest_.count())(random_));
    const auto start = Clock::now();
    Process process(command);
    (void)wait_until([&process] { return !process.running(); }, moment);
    const auto took = time_since(start);
    const auto status = process.end(SIGKILL);
    if (status == 0) // the first takes longest, as nothing it needs is in memory yet
        longest_ = std::min(longest_, took);
    ++(status == kKilled ? killed_ : ended_before_);
}

} // namespace guestkeyd::test
