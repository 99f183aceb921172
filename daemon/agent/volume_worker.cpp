// SPDX-License-Identifier: LGPL-2.1-or-later
#include "agent/volume_worker.h"

#include "base/id.h"
#include "base/journal.h"

#include <csignal>

namespace guestkeyd {

namespace {

std::string which_key_opens(Opens opens) {
    switch (opens) {
    case Opens::Old:
        return "; the old key opens it";
    case Opens::New:
        return "; the new key opens it";
    case Opens::Both:
        return "; both keys open it";
    case Opens::None:
        return "; neither key opens it";
    case Opens::Unknown:
        break;
    }
    return "";
}

} // namespace

VolumeWorker::VolumeWorker(EventLoop& loop, const std::string& where, std::chrono::seconds grace, const JobSpec& spec,
                           const SecretBuffer& keys, News news)
    : volume_(spec.path), operation_(spec.operation), grace_(grace), news_(std::move(news)),
      kill_(loop, [this] { worker_.signal(SIGKILL); }), terminate_(loop,
                                                                   [this] {
                                                                       worker_.signal(SIGTERM);
                                                                       kill_.arm(grace_);
                                                                   }),
      worker_(loop, where,
              {[this](std::string_view line) { on_line(line); },
               [this](const std::optional<std::string>& died) { on_ended(died); }}) {
    worker_.send(encode_job_spec(spec));
    if (keys.size() > 0)
        worker_.send(keys.view());
    if (keys.size() > 0 && !keys.view().ends_with('\n'))
        worker_.send("\n");
}

void VolumeWorker::cancel() {
    if (std::exchange(cancelled_, true))
        return;
    terminate_.arm(grace_);
    try {
        worker_.send(kCancelRequest);
    } catch (const Failure&) {
        // It has ended, or does not read; both show soon.
    }
}

void VolumeWorker::on_line(std::string_view line) {
    try {
        const auto report = decode_job_report(line);
        if (const auto* progress = std::get_if<JobProgress>(&report))
            news_.progress(progress->done, progress->total);
        else if (const auto* notice = std::get_if<JobNotice>(&report))
            journal(Priority::Notice, "volume " + quoted(volume_) + ": " + notice->message);
        else if (const auto* done = std::get_if<JobDone>(&report))
            done_ = *done;
        else if (const auto* failed = std::get_if<JobFailed>(&report))
            failure_ = Failure(failed->code, failed->message + which_key_opens(failed->opens));
        if (done_ || failure_)
            kill_.arm(grace_); // it exits by itself, or else like this
    } catch (const Failure& failure) {
        // It was taken over by what it read.
        failure_ = failure;
        worker_.signal(SIGKILL);
    }
}

void VolumeWorker::on_ended(const std::optional<std::string>& died) {
    if (!done_ && !failure_)
        failure_ = end_without_result(died);
    const auto ended = news_.ended;
    ended(failure_ ? std::nullopt : done_, failure_);
}

Failure VolumeWorker::end_without_result(const std::optional<std::string>& died) const {
    const auto how = died ? " (" + *died + ")" : "";
    const std::string next = operation_ == VolumeOperation::Reencrypt ? "; the same call goes on where it stopped" : "";
    if (cancelled_)
        return {ErrorCode::Cancelled,
                "the work on volume " + quoted(volume_) + " was cancelled, and had to be killed" + how + next};
    return {ErrorCode::Internal, "the process that worked on volume " + quoted(volume_) + " died" + how +
                                     (next.empty() ? "; see the journal, and try again" : next)};
}

} // namespace guestkeyd
