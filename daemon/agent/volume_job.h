// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "agent/job.h"
#include "agent/volume_worker.h"
#include "base/secret_buffer.h"
#include "guests/pool_volume.h"
#include "luks/job_spec.h"

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace guestkeyd {

class Storage;

// What is to be done with a volume. It is named by the path in the spec, or by its place in a pool of libvirt, which
// then tells the path.
struct VolumeRequest {
    std::optional<PoolVolume> in_pool;
    JobSpec spec;
    SecretBuffer keys; // one a line
    std::uint32_t caller = 0;

    // For people.
    [[nodiscard]] std::string volume() const { return in_pool ? in_pool->str() : spec.path; }
};

struct VolumeTools {
    EventLoop& loop;
    Storage& storage;
    std::string worker;         // see VolumeWorker
    std::string online_worker;  // the same, for online jobs
    std::string online_folder;  // see online_job.h
    std::chrono::seconds grace; // see VolumeWorker
};

// The work of a job on a volume: finds or makes it in its pool, makes sure that no running guest has it, lets a worker
// do the job, and has libvirt look at the result. What a failed job has made in a pool is deleted again. A worker of an
// online job that dies is replaced, because whoever uses the volume may hang until then.
class VolumeJob final : public JobRun {
  public:
    // Called once, before the job is reported to have ended.
    using Done = std::function<void(const std::optional<JobDone>&, const std::optional<Failure>&)>;

    VolumeJob(const VolumeTools& tools, VolumeRequest request, Done done);

    void start(Reports reports) override;
    void cancel() override;

  private:
    // Runs a step, unless what came before has failed or the job was cancelled meanwhile.
    template <typename Step> void go_on(const std::optional<Failure>& failure, Step step);
    void locate();
    void locate_new();
    void check_unused(const std::string& path);
    void work();
    void start_worker();
    void on_progress(std::uint64_t done, std::uint64_t total);
    void on_end(const VolumeWorker::End& end);
    void go_on_after_death();
    void tidy_up(const std::optional<JobDone>& done, const std::optional<Failure>& failure);
    void finish(const std::optional<JobDone>& done, const std::optional<Failure>& failure);

    const VolumeTools& tools_;
    VolumeRequest request_;
    Done done_;
    Reports reports_;
    bool cancelled_ = false;
    bool made_ = false; // in the pool, by this job
    std::unique_ptr<VolumeWorker> worker_;
    int deaths_left_;            // of workers of an online job, without one byte done between them
    std::uint64_t furthest_ = 0; // bytes done
    Timer another_;
};

} // namespace guestkeyd
