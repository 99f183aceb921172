// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "agent/job_queue.h"
#include "agent/volume_job.h"
#include "guests/storage.h"

#include <chrono>
#include <functional>
#include <string>

namespace guestkeyd {

struct VolumeSettings {
    JobLimits jobs;
    std::string worker;                // a program, or a unix socket, see VolumeWorker
    std::string online_worker;         // the same, for online jobs
    std::string online_folder;         // where those that are under way are found, see online_job.h
    std::chrono::seconds cancel_grace; // see VolumeWorker
    std::string storage_uri;           // of libvirt
};

// What is done with encrypted volumes: jobs to make them and to change their keys, and tests of keys.
class VolumeJobs {
  public:
    VolumeJobs(EventLoop& loop, VolumeSettings settings);

    void tell(JobQueue::News news) { news_ = std::move(news); }
    [[nodiscard]] const JobQueue& queue() const { return jobs_; }
    void cancel(JobId job) { jobs_.cancel(job); }

    // Busy when another job works on the volume, LimitsExceeded when the caller has too many jobs.
    JobId start(VolumeRequest request);
    // Whether the key opens the volume. As many tests as jobs, beside them.
    void test(VolumeRequest request, std::function<void(bool opens, const std::optional<Failure>&)> then);

  private:
    JobQueue::News queue_news();
    void take_up_online_jobs();

    VolumeTools tools_;
    Storage storage_;
    JobQueue::News news_;
    JobQueue jobs_;
    JobQueue tests_;
};

} // namespace guestkeyd
