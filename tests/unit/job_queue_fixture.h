// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "agent/job_queue.h"
#include "loop/event_loop.h"

#include <gtest/gtest.h>
#include <systemd/sd-event.h>

namespace guestkeyd::test {

using namespace std::chrono_literals;

// What a test sees of a run, and makes it report.
struct Work {
    bool cancelled = false;
    std::optional<JobRun::Reports> reports; // once it is started
    bool gone = false;
};

class TestedRun final : public JobRun {
  public:
    explicit TestedRun(std::shared_ptr<Work> work) : work_(std::move(work)) {}
    TestedRun(const TestedRun&) = delete;
    TestedRun& operator=(const TestedRun&) = delete;
    ~TestedRun() override { work_->gone = true; }
    void start(Reports reports) override { work_->reports = std::move(reports); }
    void cancel() override { work_->cancelled = true; }

  private:
    std::shared_ptr<Work> work_;
};

class AJobQueue : public testing::Test {
  protected:
    explicit AJobQueue(JobLimits limits = {2, 8, 16, 3600s}) : queue_(loop_, limits) {
        queue_.tell({[this](const Job& job) { added_.push_back(job.id); }, [](const Job&) {}, [](const Job&) {},
                     [this](const Job& job) { ended_.push_back(job.id); },
                     [this](JobId job) { removed_.push_back(job); }});
    }

    // Handles what there is to handle on the loop.
    void settle() {
        while (sd_event_run(loop_.raw(), 0) > 0) {
        }
    }
    JobId add(std::uint32_t caller, const std::string& volume = "") {
        auto work = std::make_shared<Work>();
        const auto id = queue_.add({"create", volume, volume, caller}, std::make_unique<TestedRun>(work));
        works_[id] = work;
        settle();
        return id;
    }
    bool started(JobId job) { return works_.at(job)->reports.has_value(); }
    void end(JobId job, std::optional<Failure> failure = std::nullopt) {
        const auto ended = works_.at(job)->reports->ended;
        ended(std::move(failure));
        settle();
    }
    JobState state(JobId job) { return queue_.get(job).state; }
    ErrorCode refusal(std::uint32_t caller, const std::string& volume) {
        try {
            add(caller, volume);
        } catch (const Failure& failure) {
            return failure.code();
        }
        ADD_FAILURE() << "was taken";
        return ErrorCode::Internal;
    }

    EventLoop loop_;
    JobQueue queue_;
    std::map<JobId, std::shared_ptr<Work>> works_;
    std::vector<JobId> added_;
    std::vector<JobId> ended_;
    std::vector<JobId> removed_;
};

} // namespace guestkeyd::test
