// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/job_progress.h"

#include "cli/exit_status.h"
#include "cli/job_text.h"
#include "cli/json.h"
#include "cli/text.h"

#include <cmath>
#include <iostream>
#include <sys/ioctl.h>
#include <unistd.h>

namespace guestkeyd::cli {

namespace {

constexpr std::size_t kBar = 30;

// Columns of the terminal on standard output.
std::size_t columns() {
    winsize size{};
    return ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

std::string bar_of(double progress, std::size_t length) {
    const auto full = static_cast<std::size_t>(std::floor(progress * static_cast<double>(length)));
    return "[" + std::string(full, '#') + std::string(length - full, '-') + "] ";
}

} // namespace

std::string progress_line(const Job& job, std::size_t bar, Time now) {
    auto line = "job " + std::to_string(job.number) + " " + std::string(state_name(job.state)) + ": ";
    if (!job.progress)
        return line + job.operation + " " + printable(job.volume);
    if (bar > 0)
        line += bar_of(*job.progress, bar);
    line += human_percent(*job.progress) + ", " + human_bytes(job.bytes_done) + " of " + human_bytes(job.bytes);
    if (job.rate)
        line += ", " + human_bytes(*job.rate) + "/s";
    if (job.expected_end && *job.expected_end > now)
        line += ", " + human_span(*job.expected_end - now) + " left";
    return line;
}

JobProgress::JobProgress(const Options& options)
    : silent_(options.quiet || options.json != Json::Off), terminal_(isatty(STDOUT_FILENO) != 0) {}

JobProgress::~JobProgress() {
    if (drawn_)
        redraw("");
}

void JobProgress::redraw(const std::string& line) {
    std::cout << '\r' << line.substr(0, columns() - 1) << "\x1b[K" << std::flush;
}

void JobProgress::show(const Job& job) {
    if (silent_ || has_ended(job.state))
        return;
    const auto now = std::chrono::floor<std::chrono::microseconds>(std::chrono::system_clock::now());
    if (terminal_) {
        drawn_ = true;
        return redraw(progress_line(job, kBar, now));
    }
    const auto tenths = static_cast<int>(job.progress.value_or(0) * 10);
    if (tenths_ == tenths && state_ == job.state)
        return;
    tenths_ = tenths;
    state_ = job.state;
    std::cout << progress_line(job, 0, now) << std::endl;
}

int follow_job(Client& agent, JobNumber job, const Options& options) {
    std::optional<Job> ended;
    {
        JobProgress progress(options);
        ended = agent.wait_for_job(job, [&progress](const Job& now) { progress.show(now); });
    }
    return report_end(*ended, options);
}

int report_end(const Job& job, const Options& options) {
    if (options.json != Json::Off)
        print_json(json_of(job), options.json);
    if (job.failure) {
        complain(*job.failure);
        return exit_status(*job.failure);
    }
    if (!options.quiet && options.json == Json::Off)
        std::cout << "job " << job.number << " done: " << job.operation << " " << printable(job.volume) << '\n';
    return kDone;
}

} // namespace guestkeyd::cli
