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

VolumeWorker::VolumeWorker(EventLoop& loop, Work work, std::chrono::seconds grace, News news)
    : work_(std::move(work)), grace_(grace), news_(std::move(news)), kill_(loop, [this] { worker_.signal(SIGKILL); }),
      terminate_(loop,
                 [this] {
                     worker_.signal(SIGTERM);
                     kill_.arm(grace_);
                 }),
      worker_(loop, work_.where,
              {[this](std::string_view line) { on_line(line); },
               [this](const std::optional<std::string>& died) { on_ended(died); }},
              work_.online ? Worker::Fate::GoesOn : Worker::Fate::Stopped) {}

VolumeWorker::VolumeWorker(EventLoop& loop, const std::string& where, std::chrono::seconds grace, const JobSpec& spec,
                           const SecretBuffer& keys, News news)
    : VolumeWorker(loop, Work{where, spec.name.empty() ? spec.path : spec.name, spec.operation, spec.online}, grace,
                   std::move(news)) {
    worker_.send(encode_job_spec(spec));
    if (keys.size() > 0)
        worker_.send(keys.view());
    if (keys.size() > 0 && !keys.view().ends_with('\n'))
        worker_.send("\n");
}

VolumeWorker::VolumeWorker(EventLoop& loop, const FoundOnlineJob& job, News news)
    : VolumeWorker(loop, Work{job.socket, job.job.volume, VolumeOperation::Reencrypt, true}, std::chrono::seconds(0),
                   std::move(news)) {}

void VolumeWorker::cancel() {
    if (std::exchange(cancelled_, true))
        return;
    if (!work_.online)
        terminate_.arm(grace_);
    try {
        worker_.send(kCancelRequest);
    } catch (const Failure&) {
        // It has ended, or does not read; both show soon.
    }
}

// It was taken over by what it read.
void VolumeWorker::give_up_on() {
    if (work_.online)
        cancel();
    else
        worker_.signal(SIGKILL);
}

void VolumeWorker::on_line(std::string_view line) {
    try {
        const auto report = decode_job_report(line);
        if (const auto* progress = std::get_if<JobProgress>(&report))
            news_.progress(progress->done, progress->total);
        else if (const auto* notice = std::get_if<JobNotice>(&report))
            journal(Priority::Notice, "volume " + quoted(work_.volume) + ": " + notice->message);
        else if (const auto* done = std::get_if<JobDone>(&report))
            done_ = *done;
        else if (const auto* failed = std::get_if<JobFailed>(&report))
            failure_ = Failure(failed->code, failed->message + which_key_opens(failed->opens));
        if ((done_ || failure_) && !work_.online)
            kill_.arm(grace_); // it exits by itself, or else like this
    } catch (const Failure& failure) {
        failure_ = failure;
        give_up_on();
    }
}

void VolumeWorker::on_ended(const std::optional<std::string>& died) {
    const bool without_result = !done_ && !failure_;
    if (without_result)
        failure_ = end_without_result(died);
    const auto ended = news_.ended;
    ended({failure_ ? std::nullopt : done_, failure_, without_result});
}

Failure VolumeWorker::end_without_result(const std::optional<std::string>& died) const {
    const auto how = died ? " (" + *died + ")" : "";
    if (work_.online)
        return online_worker_died(work_.volume, how);
    const std::string next =
        work_.operation == VolumeOperation::Reencrypt ? "; the same call goes on where it stopped" : "";
    if (cancelled_)
        return {ErrorCode::Cancelled,
                "the work on volume " + quoted(work_.volume) + " was cancelled, and had to be killed" + how + next};
    return {ErrorCode::Internal, "the process that worked on volume " + quoted(work_.volume) + " died" + how +
                                     (next.empty() ? "; see the journal, and try again" : next)};
}

Failure online_worker_died(const std::string& volume, const std::string& how) {
    return {ErrorCode::Internal, "the process that re-encrypted volume " + quoted(volume) + " online died" + how +
                                     "; whoever uses the volume may hang until the same call, with the same keys, has "
                                     "gone on: guestkeyctl volume reencrypt --online " +
                                     volume};
}

} // namespace guestkeyd
