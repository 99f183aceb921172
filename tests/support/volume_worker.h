// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "base/unique_fd.h"
#include "luks/job_report.h"
#include "support/wait_until.h"

#include <optional>
#include <string>
#include <sys/types.h>
#include <vector>

namespace guestkeyd::test {

using Keys = std::vector<std::string>;

// guestkeyd-volume-worker, with us as the agent. It is killed when this object goes.
class VolumeWorker {
  public:
    // tracer: a program, with its arguments, that runs the worker.
    VolumeWorker(const JobSpec& spec, const Keys& keys, const std::vector<std::string>& tracer = {});
    // With anything on its stream.
    explicit VolumeWorker(const std::string& input) { start(input, {}); }
    VolumeWorker(const VolumeWorker&) = delete;
    VolumeWorker& operator=(const VolumeWorker&) = delete;
    ~VolumeWorker();

    [[nodiscard]] pid_t pid() const { return pid_; }
    void say(std::string_view text);
    void kill();

    // The next report; none if the worker has ended, or the patience has.
    std::optional<JobReport> next(std::chrono::milliseconds patience = kPatience);
    template <typename Report> std::optional<Report> next_of() {
        while (const auto report = next())
            if (const auto* found = std::get_if<Report>(&*report))
                return *found;
        return std::nullopt;
    }

    // Waits for the end. None if it died without a last report.
    std::optional<JobReport> finish();

    [[nodiscard]] const std::vector<JobNotice>& notices() const { return notices_; }

  private:
    void start(const std::string& input, std::vector<std::string> tracer);

    pid_t pid_ = -1;
    UniqueFd stream_;
    std::string received_;
    std::vector<JobNotice> notices_;
};

// One job, from its start to its end.
JobReport do_job(const JobSpec& spec, const Keys& keys);

} // namespace guestkeyd::test
