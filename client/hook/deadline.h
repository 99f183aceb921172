// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <algorithm>
#include <chrono>

namespace guestkeyd {

// A point in time by which everything must be done, however many steps it takes.
class Deadline {
  public:
    explicit Deadline(std::chrono::milliseconds from_now) : at_(Clock::now() + from_now) {}

    // Never negative: 0 once it has passed.
    [[nodiscard]] std::chrono::microseconds remaining() const {
        const auto left = std::chrono::duration_cast<std::chrono::microseconds>(at_ - Clock::now());
        return std::max(left, std::chrono::microseconds(0));
    }
    [[nodiscard]] bool passed() const { return remaining().count() == 0; }

  private:
    using Clock = std::chrono::steady_clock;
    Clock::time_point at_;
};

} // namespace guestkeyd
