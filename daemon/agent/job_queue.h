// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "agent/job.h"
#include "loop/timer.h"

#include <deque>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace guestkeyd {

struct JobLimits {
    std::size_t at_once;       // run
    std::size_t per_caller;    // run or wait
    std::size_t kept;          // have ended, and can still be looked at
    std::chrono::seconds keep; // for so long
};

// Jobs that wait, run and have ended. A free place goes to the caller with the fewest running jobs, then to the one
// whose turn was longest ago, so that a caller with many jobs does not keep others from theirs.
class JobQueue {
  public:
    // Told after the change. A job's last news is removed.
    struct News {
        std::function<void(const Job&)> added;
        std::function<void(const Job&)> changed;
        std::function<void(const Job&)> progressed; // as often as the work reports
        std::function<void(const Job&)> ended;
        std::function<void(JobId)> removed;
    };

    JobQueue(EventLoop& loop, JobLimits limits);

    void tell(News news) { news_ = std::move(news); }

    // Starts it in a later turn of the loop, if there is a place. Busy when another job has the claim, LimitsExceeded
    // when the caller has too many.
    JobId add(JobTask task, std::unique_ptr<JobRun> run);
    // One that is under way already, since started (microseconds since 1970), beyond all limits. Runs at once.
    JobId take_up(JobTask task, std::unique_ptr<JobRun> run, std::uint64_t started);
    // One that waits ends at once; one that runs is asked to. Nothing happens to one that has ended. NoSuchJob.
    void cancel(JobId job);

    // NoSuchJob.
    [[nodiscard]] const Job& get(JobId job) const;
    [[nodiscard]] const Job* find(JobId job) const;
    // All that get() finds.
    [[nodiscard]] std::vector<JobId> ids() const;
    // Those that wait or run.
    [[nodiscard]] std::size_t unfinished() const;

  private:
    struct Entry {
        Job job;
        std::unique_ptr<JobRun> run; // none: has ended
    };

    void check(const JobTask& task) const;
    [[nodiscard]] std::size_t running(std::uint32_t caller) const;
    Entry* next();
    void start_some();
    Entry& enter(JobTask task, std::unique_ptr<JobRun> run);
    void start(Entry& entry, std::uint64_t now);
    void on_progress(JobId job, std::uint64_t done, std::uint64_t total);
    void end(JobId job, JobState state, std::optional<Failure> failure);
    void forget_old();

    EventLoop& loop_;
    const JobLimits limits_;
    News news_{[](const Job&) {}, [](const Job&) {}, [](const Job&) {}, [](const Job&) {}, [](JobId) {}};
    std::map<JobId, Entry> jobs_;
    JobId last_ = 0;
    bool starting_ = false;
    std::map<std::uint32_t, std::uint64_t> last_turn_; // of callers with unfinished jobs
    std::uint64_t turns_ = 0;
    std::deque<std::pair<JobId, std::chrono::steady_clock::time_point>> ended_; // in the order of their ends
    Timer forget_;
};

} // namespace guestkeyd
