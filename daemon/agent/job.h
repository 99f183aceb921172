// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "agent/throughput.h"
#include "base/error.h"

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

namespace guestkeyd {

// As on the bus, org.guestkeyd1.Job.State.
enum class JobState : std::uint32_t { Waiting = 0, Running = 1, Cancelling = 2, Done = 3, Failed = 4, Cancelled = 5 };

constexpr bool is_active(JobState state) {
    return state == JobState::Running || state == JobState::Cancelling;
}

constexpr bool has_ended(JobState state) {
    return state >= JobState::Done;
}

using JobId = std::uint64_t;

// Who wants what done with which volume.
struct JobTask {
    std::string operation; // "create", "reencrypt", "test"
    std::string volume;    // for people: its path, or pool and name
    std::string claim;     // no two jobs have the same at a time; empty: none
    std::uint32_t caller;  // uid
};

// A job as it is known until some time after its end.
struct Job {
    JobId id;
    JobTask task;
    JobState state = JobState::Waiting;
    Throughput progress{};
    std::uint64_t started = 0;      // microseconds since 1970; 0: not yet
    std::uint64_t expected_end = 0; // the same; 0: not known
    std::optional<Failure> failure{};
};

// The work of a job, from the time when it is queued: what it needs for that, like keys, ends with it.
class JobRun {
  public:
    struct Reports {
        std::function<void(std::uint64_t bytes_done, std::uint64_t bytes)> progress;
        // The last; it may destroy the run. A Cancelled failure is the end that was asked for.
        std::function<void(std::optional<Failure>)> ended;
    };

    virtual ~JobRun() = default;
    // Once, when it is the job's turn. What it throws is the end.
    virtual void start(Reports reports) = 0;
    // Asks a started run to end; it does so in its own time.
    virtual void cancel() = 0;
};

} // namespace guestkeyd
