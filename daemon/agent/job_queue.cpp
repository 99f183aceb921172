// SPDX-License-Identifier: LGPL-2.1-or-later
#include "agent/job_queue.h"

#include <algorithm>

namespace guestkeyd {

namespace {

std::uint64_t now_in_microseconds() {
    return static_cast<std::uint64_t>(
        std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::system_clock::now().time_since_epoch())
            .count());
}

JobState state_after(const std::optional<Failure>& failure) {
    if (!failure)
        return JobState::Done;
    return failure->code() == ErrorCode::Cancelled ? JobState::Cancelled : JobState::Failed;
}

} // namespace

JobQueue::JobQueue(EventLoop& loop, JobLimits limits)
    : loop_(loop), limits_(limits), forget_(loop, [this] { forget_old(); }) {}

JobId JobQueue::add(JobTask task, std::unique_ptr<JobRun> run) {
    check(task);
    const auto id = enter(std::move(task), std::move(run)).job.id;
    start_some();
    return id;
}

JobId JobQueue::take_up(JobTask task, std::unique_ptr<JobRun> run, std::uint64_t started) {
    const auto id = enter(std::move(task), std::move(run)).job.id;
    start(jobs_.at(id), started);
    return id;
}

JobQueue::Entry& JobQueue::enter(JobTask task, std::unique_ptr<JobRun> run) {
    const auto id = ++last_;
    last_turn_.try_emplace(task.caller, 0);
    auto& entry = jobs_.emplace(id, Entry{Job{id, std::move(task)}, std::move(run)}).first->second;
    news_.added(entry.job);
    return entry;
}

void JobQueue::check(const JobTask& task) const {
    std::size_t of_caller = 0;
    for (const auto& [id, entry] : jobs_) {
        const auto& job = entry.job;
        if (has_ended(job.state))
            continue;
        if (!task.claim.empty() && job.task.claim == task.claim)
            throw Failure(ErrorCode::Busy, "job " + std::to_string(id) + " works on volume " + task.volume +
                                               "; wait for its end, or cancel it");
        of_caller += job.task.caller == task.caller ? 1 : 0;
    }
    if (of_caller >= limits_.per_caller)
        throw Failure(ErrorCode::LimitsExceeded,
                      std::to_string(of_caller) + " jobs of uid " + std::to_string(task.caller) +
                          " have not ended, as many as JobsPerCaller= in guestkeyd.conf allows; wait for one");
}

void JobQueue::cancel(JobId id) {
    static_cast<void>(get(id));
    auto& [job, run] = jobs_.at(id);
    if (job.state == JobState::Waiting)
        return end(id, JobState::Cancelled, Failure(ErrorCode::Cancelled, "the job was cancelled before its turn"));
    if (job.state != JobState::Running)
        return;
    job.state = JobState::Cancelling;
    news_.changed(job);
    run->cancel();
}

const Job* JobQueue::find(JobId id) const {
    const auto found = jobs_.find(id);
    return found == jobs_.end() ? nullptr : &found->second.job;
}

const Job& JobQueue::get(JobId id) const {
    const auto* job = find(id);
    if (!job)
        throw Failure(ErrorCode::NoSuchJob, "there is no job " + std::to_string(id) +
                                                " any more, or there never was; see guestkeyctl job list");
    return *job;
}

std::vector<JobId> JobQueue::ids() const {
    std::vector<JobId> ids;
    for (const auto& [id, entry] : jobs_)
        ids.push_back(id);
    return ids;
}

std::size_t JobQueue::unfinished() const {
    return static_cast<std::size_t>(
        std::count_if(jobs_.begin(), jobs_.end(), [](const auto& each) { return !has_ended(each.second.job.state); }));
}

std::size_t JobQueue::running(std::uint32_t caller) const {
    return static_cast<std::size_t>(std::count_if(jobs_.begin(), jobs_.end(), [caller](const auto& each) {
        return is_active(each.second.job.state) && each.second.job.task.caller == caller;
    }));
}

// Of the caller whose turn it is, the job that waits longest.
JobQueue::Entry* JobQueue::next() {
    Entry* best = nullptr;
    std::pair<std::size_t, std::uint64_t> best_rank;
    for (auto& [id, entry] : jobs_) {
        if (entry.job.state != JobState::Waiting)
            continue;
        const auto caller = entry.job.task.caller;
        const std::pair rank(running(caller), last_turn_.at(caller));
        if (!best || rank < best_rank) {
            best = &entry;
            best_rank = rank;
        }
    }
    return best;
}

// In a later turn of the loop: a job that fails at its start would else end before its caller knows of it.
void JobQueue::start_some() {
    if (std::exchange(starting_, true))
        return;
    loop_.post([this] {
        starting_ = false;
        std::size_t active = 0;
        for (const auto& [id, entry] : jobs_)
            active += is_active(entry.job.state) ? 1 : 0;
        for (; active < limits_.at_once; ++active) {
            auto* entry = next();
            if (!entry)
                return;
            start(*entry, now_in_microseconds());
        }
    });
}

void JobQueue::start(Entry& entry, std::uint64_t now) {
    auto& [job, run] = entry;
    job.state = JobState::Running;
    job.started = now;
    last_turn_[job.task.caller] = ++turns_;
    news_.changed(job);
    const auto id = job.id;
    try {
        run->start({[this, id](std::uint64_t done, std::uint64_t total) { on_progress(id, done, total); },
                    [this, id](std::optional<Failure> failure) {
                        const auto state = state_after(failure);
                        end(id, state, std::move(failure));
                    }});
    } catch (const Failure& failure) {
        end(id, JobState::Failed, failure);
    }
}

void JobQueue::on_progress(JobId id, std::uint64_t done, std::uint64_t total) {
    auto& job = jobs_.at(id).job;
    job.progress.report(done, total, Throughput::Clock::now());
    const auto left = job.progress.left();
    job.expected_end = left ? now_in_microseconds() + static_cast<std::uint64_t>(left->count()) : 0;
    news_.progressed(job);
}

void JobQueue::end(JobId id, JobState state, std::optional<Failure> failure) {
    auto& [job, run] = jobs_.at(id);
    const auto ended_run = std::move(run);
    job.state = state;
    job.failure = std::move(failure);
    if (state == JobState::Done)
        job.progress.complete();
    const auto caller = job.task.caller;
    if (std::none_of(jobs_.begin(), jobs_.end(), [caller](const auto& each) {
            return each.second.job.task.caller == caller && !has_ended(each.second.job.state);
        }))
        last_turn_.erase(caller);
    ended_.emplace_back(id, std::chrono::steady_clock::now());
    news_.ended(job);
    forget_old();
    start_some();
}

void JobQueue::forget_old() {
    const auto now = std::chrono::steady_clock::now();
    while (!ended_.empty() && (ended_.size() > limits_.kept || ended_.front().second + limits_.keep <= now)) {
        const auto id = ended_.front().first;
        ended_.pop_front();
        jobs_.erase(id);
        news_.removed(id);
    }
    if (!ended_.empty())
        forget_.arm(std::chrono::duration_cast<std::chrono::microseconds>(ended_.front().second + limits_.keep - now));
}

} // namespace guestkeyd
