// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "cli/options.h"
#include "guestkeyd/client.h"

#include <optional>
#include <string>

namespace guestkeyd::cli {

// One line about a job that has not ended: a bar of so many columns, if any, its progress, rate and time left.
std::string progress_line(const Job& job, std::size_t bar, Time now);

// Shows how a job gets on: on a terminal in one line that changes, else a line for each tenth of the way. Nothing with
// --quiet and --json.
class JobProgress {
  public:
    explicit JobProgress(const Options& options);
    JobProgress(const JobProgress&) = delete;
    JobProgress& operator=(const JobProgress&) = delete;
    // Leaves the terminal at the start of an empty line.
    ~JobProgress();

    void show(const Job& job);

  private:
    void redraw(const std::string& line);

    const bool silent_;
    const bool terminal_;
    bool drawn_ = false;
    std::optional<int> tenths_; // of the last line
    JobState state_ = JobState::Waiting;
};

// Waits for a job and shows how it gets on. Returns the exit status, by how it ended.
int follow_job(Client& agent, JobNumber job, const Options& options);

// How a job ended, with what failed on standard error. Returns the exit status.
int report_end(const Job& job, const Options& options);

} // namespace guestkeyd::cli
