// SPDX-License-Identifier: LGPL-2.1-or-later
#include "agent/volume_jobs.h"

#include "agent/found_job.h"
#include "agent/job_log.h"

namespace guestkeyd {

namespace {

JobLimits limits_of_tests(JobLimits limits) {
    limits.kept = 0;
    return limits;
}

JobTask task_of(const VolumeRequest& request) {
    const bool is_test = request.spec.operation == VolumeOperation::Test;
    return {std::string(operation_name(request.spec.operation)), request.volume(), is_test ? "" : request.volume(),
            request.caller};
}

void ignore(const Job&) {}

} // namespace

VolumeJobs::VolumeJobs(EventLoop& loop, VolumeSettings settings)
    : tools_{loop,
             storage_,
             std::move(settings.worker),
             std::move(settings.online_worker),
             std::move(settings.online_folder),
             settings.cancel_grace},
      storage_(loop, std::move(settings.storage_uri)), news_{ignore, ignore, ignore, ignore, [](JobId) {}},
      jobs_(loop, settings.jobs), tests_(loop, limits_of_tests(settings.jobs)) {
    jobs_.tell(queue_news());
    tests_.tell({ignore, ignore, ignore, journal_end_of, [](JobId) {}});
    take_up_online_jobs();
}

void VolumeJobs::take_up_online_jobs() {
    const std::string operation(operation_name(VolumeOperation::Reencrypt));
    for (auto& found : find_online_jobs(tools_.online_folder)) {
        const auto job = found.job;
        jobs_.take_up({operation, job.volume, job.volume, job.caller},
                      std::make_unique<FoundJob>(tools_.loop, std::move(found)), job.started);
    }
}

JobQueue::News VolumeJobs::queue_news() {
    return {[this](const Job& job) { news_.added(job); }, [this](const Job& job) { news_.changed(job); },
            [this](const Job& job) { news_.progressed(job); },
            [this](const Job& job) {
                journal_end_of(job);
                news_.ended(job);
            },
            [this](JobId job) { news_.removed(job); }};
}

JobId VolumeJobs::start(VolumeRequest request) {
    auto task = task_of(request);
    return jobs_.add(std::move(task),
                     std::make_unique<VolumeJob>(tools_, std::move(request), [](const auto&, const auto&) {}));
}

void VolumeJobs::test(VolumeRequest request, std::function<void(bool, const std::optional<Failure>&)> then) {
    auto task = task_of(request);
    auto done = [then = std::move(then)](const std::optional<JobDone>& result, const std::optional<Failure>& failure) {
        then(result && result->key_opens, failure);
    };
    tests_.add(std::move(task), std::make_unique<VolumeJob>(tools_, std::move(request), std::move(done)));
}

} // namespace guestkeyd
