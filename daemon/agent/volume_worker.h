// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "base/error.h"
#include "base/secret_buffer.h"
#include "loop/timer.h"
#include "loop/worker.h"
#include "luks/job_report.h"

#include <chrono>
#include <functional>
#include <optional>
#include <string>

namespace guestkeyd {

// One job of a guestkeyd-volume-worker. It gets the keys, and has no possession of the keyring.
class VolumeWorker {
  public:
    struct News {
        std::function<void(std::uint64_t done, std::uint64_t total)> progress;
        // Called once; it may destroy the worker. done is there unless there is a failure.
        std::function<void(std::optional<JobDone> done, std::optional<Failure> failure)> ended;
    };

    // where: its program, or the socket of a service that starts it. grace: what it gets to stop when it is cancelled,
    // and again after SIGTERM, before SIGKILL. keys: one a line, as many as the job has. Internal if it cannot be
    // started.
    VolumeWorker(EventLoop& loop, const std::string& where, std::chrono::seconds grace, const JobSpec& spec,
                 const SecretBuffer& keys, News news);

    void cancel();

  private:
    void on_line(std::string_view line);
    void on_ended(const std::optional<std::string>& died);
    [[nodiscard]] Failure end_without_result(const std::optional<std::string>& died) const;

    const std::string volume_;
    const VolumeOperation operation_;
    const std::chrono::seconds grace_;
    const News news_;
    bool cancelled_ = false;
    std::optional<JobDone> done_;
    std::optional<Failure> failure_;
    Timer kill_;
    Timer terminate_;
    Worker worker_;
};

} // namespace guestkeyd
