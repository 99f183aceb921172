// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "base/error.h"
#include "base/secret_buffer.h"
#include "loop/timer.h"
#include "loop/worker.h"
#include "luks/job_report.h"
#include "luks/online_job.h"

#include <chrono>
#include <functional>
#include <optional>
#include <string>

namespace guestkeyd {

// One job of a guestkeyd-volume-worker. It gets the keys, and has no possession of the keyring. An online job
// (online_job.h) is only ever asked to stop, and goes on when this object goes.
class VolumeWorker {
  public:
    struct End {
        std::optional<JobDone> done; // there unless there is a failure
        std::optional<Failure> failure;
        bool died = false; // without a result
    };
    struct News {
        std::function<void(std::uint64_t done, std::uint64_t total)> progress;
        // Called once; it may destroy the worker.
        std::function<void(End)> ended;
    };

    // where: its program, or the socket of a service that starts it. grace: what it gets to stop when it is cancelled,
    // and again after SIGTERM, before SIGKILL. keys: one a line, as many as the job has. Internal if it cannot be
    // started.
    VolumeWorker(EventLoop& loop, const std::string& where, std::chrono::seconds grace, const JobSpec& spec,
                 const SecretBuffer& keys, News news);
    // One that is at work on an online job already, at its socket.
    VolumeWorker(EventLoop& loop, const FoundOnlineJob& job, News news);

    void cancel();

  private:
    struct Work {
        std::string where;
        std::string volume;
        VolumeOperation operation;
        bool online;
    };
    VolumeWorker(EventLoop& loop, Work work, std::chrono::seconds grace, News news);

    void give_up_on();
    void on_line(std::string_view line);
    void on_ended(const std::optional<std::string>& died);
    [[nodiscard]] Failure end_without_result(const std::optional<std::string>& died) const;

    const Work work_;
    const std::chrono::seconds grace_;
    const News news_;
    bool cancelled_ = false;
    std::optional<JobDone> done_;
    std::optional<Failure> failure_;
    Timer kill_;
    Timer terminate_;
    Worker worker_;
};

// Of a worker of an online job that died. Says what to do.
Failure online_worker_died(const std::string& volume, const std::string& how);

} // namespace guestkeyd
