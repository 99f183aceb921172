// SPDX-License-Identifier: LGPL-2.1-or-later
#include "agent/job_log.h"

#include "base/id.h"
#include "base/journal.h"

namespace guestkeyd {

namespace {

// Never to be changed or used again: administrators search for them.
constexpr const char* kDone = "90400eed96494663a38e58a19e3e9ee2";
constexpr const char* kFailed = "cad6554640cb457ebb12ec9793f4e33b";

const char* result_of(JobState state) {
    if (state == JobState::Done)
        return "done";
    return state == JobState::Cancelled ? "cancelled" : "failed";
}

} // namespace

void journal_end_of(const Job& job) {
    const bool done = job.state == JobState::Done;
    const auto uid = std::to_string(job.task.caller);
    auto message =
        job.task.operation + " of volume " + quoted(job.task.volume) + " for uid " + uid + " " + result_of(job.state);
    if (job.failure)
        message += ": " + job.failure->message();
    journal(done ? Priority::Info : Priority::Notice, message,
            {{"MESSAGE_ID", done ? kDone : kFailed},
             {"ACTION", job.task.operation},
             {"RESULT", result_of(job.state)},
             {"VOLUME", job.task.volume},
             {"CALLER_UID", uid}});
}

} // namespace guestkeyd
