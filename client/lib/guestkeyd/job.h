// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "base/error.h"
#include "guestkeyd/guest.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace guestkeyd {

// As in org.guestkeyd1(5); a state that a newer agent knows and we do not is Running.
enum class JobState : std::uint32_t { Waiting, Running, Cancelling, Done, Failed, Cancelled };

std::string_view state_name(JobState state);

constexpr bool has_ended(JobState state) {
    return state >= JobState::Done;
}

using JobNumber = std::uint64_t;

// Work on a volume, as it was when asked for.
struct Job {
    JobNumber number = 0;
    std::string operation{}; // create or reencrypt
    std::string volume{};    // its path, or POOL/NAME
    JobState state = JobState::Waiting;
    std::optional<double> progress{}; // from 0 to 1
    std::uint64_t bytes = 0;
    std::uint64_t bytes_done = 0;
    std::optional<std::uint64_t> rate{}; // bytes a second
    std::optional<Time> started{};
    std::optional<Time> expected_end{};
    std::uint32_t started_by = 0; // uid
    std::optional<Failure> failure{};
};

} // namespace guestkeyd
