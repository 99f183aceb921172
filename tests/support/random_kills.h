// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "support/process.h"

#include <chrono>
#include <random>

namespace guestkeyd::test {

// kill -9 of a program at random moments of its work: so often as GUESTKEYD_KILLS in the environment says, or as usual.
// RANDOM_SEED has the same moments again. In the end it says how many of the programs were still at work.
class RandomKills {
  public:
    explicit RandomKills(unsigned usual);
    RandomKills(const RandomKills&) = delete;
    RandomKills& operator=(const RandomKills&) = delete;
    ~RandomKills();

    [[nodiscard]] unsigned rounds() const { return rounds_; }
    // Lets the program come to its end, which is to be a good one: others of its kind are killed within as long, or
    // within what one of them took that came to a good end sooner.
    void take_time_of(const Command& command);
    // Runs the program, and kills it if it is still there at that moment.
    void run_and_kill(const Command& command);

  private:
    unsigned seed_;
    std::mt19937 random_;
    unsigned rounds_;
    std::chrono::milliseconds longest_{};
    unsigned killed_ = 0;
    unsigned ended_before_ = 0;
};

} // namespace guestkeyd::test
