// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

namespace guestkeyd {

// How far a job is, and how fast: from reports of bytes done. The rate follows what was measured in the last seconds,
// and counts nothing that an earlier run of a resumed job has done.
class Throughput {
  public:
    using Clock = std::chrono::steady_clock;

    void report(std::uint64_t done, std::uint64_t total, Clock::time_point now);
    // The last report may have come before the last bytes.
    void complete() { done_ = total_; }

    [[nodiscard]] bool known() const { return total_ > 0; }
    [[nodiscard]] double fraction() const; // 0 to 1
    [[nodiscard]] std::uint64_t done() const { return done_; }
    [[nodiscard]] std::uint64_t total() const { return total_; }
    [[nodiscard]] std::uint64_t rate() const { return static_cast<std::uint64_t>(rate_); } // bytes a second; 0: unknown
    // From the last report to the end; none while the rate is unknown.
    [[nodiscard]] std::optional<std::chrono::microseconds> left() const;

  private:
    std::uint64_t done_ = 0;
    std::uint64_t total_ = 0;
    double rate_ = 0;
    std::optional<Clock::time_point> reported_;
};

} // namespace guestkeyd
