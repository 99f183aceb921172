// SPDX-License-Identifier: LGPL-2.1-or-later
#include "agent/throughput.h"

#include <algorithm>
#include <cmath>

namespace guestkeyd {

namespace {

constexpr double kMemory = 5; // seconds in which a change of speed comes to show by two thirds

} // namespace

void Throughput::report(std::uint64_t done, std::uint64_t total, Clock::time_point now) {
    if (reported_ && done >= done_) {
        const std::chrono::duration<double> passed = now - *reported_;
        const auto measured = static_cast<double>(done - done_) / std::max(passed.count(), 1e-3);
        const double weight = rate_ == 0 ? 1 : 1 - std::exp(-passed.count() / kMemory);
        rate_ += (measured - rate_) * weight;
    }
    done_ = std::min(done, total);
    total_ = total;
    reported_ = now;
}

double Throughput::fraction() const {
    return total_ == 0 ? 0 : static_cast<double>(done_) / static_cast<double>(total_);
}

std::optional<std::chrono::microseconds> Throughput::left() const {
    if (rate_ < 1)
        return std::nullopt;
    const std::chrono::duration<double> seconds(static_cast<double>(total_ - done_) / rate_);
    return std::chrono::duration_cast<std::chrono::microseconds>(seconds);
}

} // namespace guestkeyd
