// SPDX-License-Identifier: LGPL-2.1-or-later
#include "luks/work_limit.h"

#include "base/error.h"
#include "luks/job_report.h"

#include <cerrno>
#include <csignal>
#include <sys/time.h>
#include <unistd.h>

namespace guestkeyd {

namespace {

// Made beforehand: little is allowed in a signal handler.
std::string last_words; // NOLINT(*-avoid-non-const-global-variables)

void on_limit(int) {
    [[maybe_unused]] const auto written = write(STDOUT_FILENO, last_words.data(), last_words.size());
    _exit(1);
}

void arm(std::chrono::seconds limit) {
    itimerval timer{};
    timer.it_value.tv_sec = limit.count();
    if (setitimer(ITIMER_PROF, &timer, nullptr) < 0)
        throw_errno(errno, "limit the work that a header can ask for");
}

} // namespace

WorkLimit::WorkLimit(std::chrono::seconds limit) {
    last_words = encode_job_report(
        JobFailed{ErrorCode::Unsupported, Opens::Unknown,
                  "the header of the volume asks for more than " + std::to_string(limit.count()) +
                      " s of processor time to try a key, more than any honest one; look at it with cryptsetup "
                      "luksDump"});
    struct sigaction action {};
    action.sa_handler = on_limit;
    sigaction(SIGPROF, &action, nullptr);
    arm(limit);
}

WorkLimit::~WorkLimit() {
    const itimerval none{};
    setitimer(ITIMER_PROF, &none, nullptr);
}

} // namespace guestkeyd
