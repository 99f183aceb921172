// SPDX-License-Identifier: LGPL-2.1-or-later
#include "support/random_kills.h"

#include "support/setting.h"
#include "support/wait_until.h"

#include <csignal>
#include <gtest/gtest.h>
#include <iostream>

namespace guestkeyd::test {

namespace {

constexpr int kKilled = 128 + SIGKILL;

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
    const auto start = std::chrono::steady_clock::now();
    EXPECT_EQ(Process(command).wait(), 0);
    longest_ = std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - start);
}

void RandomKills::run_and_kill(const Command& command) {
    const std::chrono::milliseconds moment(std::uniform_int_distribution<long>(0, longest_.count())(random_));
    Process process(command);
    (void)wait_until([&process] { return !process.running(); }, moment);
    ++(process.end(SIGKILL) == kKilled ? killed_ : ended_before_);
}

} // namespace guestkeyd::test
