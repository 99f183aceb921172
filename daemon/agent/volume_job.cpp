// SPDX-License-Identifier: LGPL-2.1-or-later
#include "agent/volume_job.h"

#include "base/id.h"
#include "base/journal.h"
#include "guests/storage.h"

#include <algorithm>

namespace guestkeyd {

namespace {

constexpr int kDeaths = 8;
// What was killed takes a moment to let go of the volume.
constexpr auto kBetweenDeaths = std::chrono::milliseconds(250);

// What libcryptsetup puts before the data by default.
std::uint64_t header_bytes(VolumeFormat format) {
    constexpr std::uint64_t kMiB = 1024 * 1024;
    switch (format) {
    case VolumeFormat::Luks2:
        return 16 * kMiB;
    case VolumeFormat::Luks1:
        return 2 * kMiB;
    case VolumeFormat::Qcow2:
        break;
    }
    return 0;
}

} // namespace

VolumeJob::VolumeJob(const VolumeTools& tools, VolumeRequest request, Done done)
    : tools_(tools), request_(std::move(request)), done_(std::move(done)), deaths_left_(kDeaths),
      another_(tools.loop, [this] { go_on_after_death(); }) {}

void VolumeJob::start(Reports reports) {
    reports_ = std::move(reports);
    go_on(std::nullopt, [this] { locate(); });
}

void VolumeJob::cancel() {
    cancelled_ = true;
    if (worker_)
        worker_->cancel();
}

template <typename Step> void VolumeJob::go_on(const std::optional<Failure>& failure, Step step) {
    if (failure)
        return tidy_up(std::nullopt, failure);
    if (cancelled_)
        return tidy_up(std::nullopt, Failure(ErrorCode::Cancelled, "the work on volume " + quoted(request_.volume()) +
                                                                       " was cancelled before it began"));
    try {
        step();
    } catch (const Failure& thrown) {
        tidy_up(std::nullopt, thrown);
    }
}

void VolumeJob::locate() {
    if (!request_.in_pool)
        return check_unused(request_.spec.path);
    if (request_.spec.operation == VolumeOperation::Create)
        return locate_new();
    tools_.storage.path_of(*request_.in_pool, [this](const std::string& path, const std::optional<Failure>& failure) {
        go_on(failure, [&] { check_unused(path); });
    });
}

void VolumeJob::locate_new() {
    const auto on_created = [this](const std::string& path, const std::optional<Failure>& failure) {
        made_ = !failure;
        request_.spec.path = path;
        go_on(failure, [this] { work(); });
    };
    const auto on_found = [this, on_created](const std::optional<std::string>& path,
                                             const std::optional<Failure>& failure) {
        go_on(failure, [&] {
            const auto& spec = request_.spec;
            if (path && spec.overwrite)
                return check_unused(*path);
            if (path)
                throw Failure(ErrorCode::InvalidArgs, "there is a volume " + quoted(request_.volume()) +
                                                          " already; choose another name, or use the option overwrite");
            if (spec.capacity == 0)
                throw Failure(ErrorCode::InvalidArgs, "volume " + quoted(request_.volume()) +
                                                          " cannot be made without a size; use the option capacity");
            tools_.storage.create(*request_.in_pool, spec.capacity + header_bytes(*spec.format), on_created);
        });
    };
    tools_.storage.existing_path_of(*request_.in_pool, on_found);
}

void VolumeJob::check_unused(const std::string& path) {
    request_.spec.path = path;
    // Online, a guest may have it through its mapping.
    if (request_.spec.operation == VolumeOperation::Test || request_.spec.online)
        return work();
    tools_.storage.guests_using(
        path, [this](const std::vector<std::string>& guests, const std::optional<Failure>& failure) {
            go_on(failure, [&] {
                if (!guests.empty())
                    throw Failure(ErrorCode::Busy, "guest " + quoted(guests.front()) + " is running, and has volume " +
                                                       quoted(request_.volume()) + "; stop it first");
                work();
            });
        });
}

void VolumeJob::work() {
    auto& spec = request_.spec;
    if (spec.online) {
        spec.folder = tools_.online_folder;
        spec.name = request_.volume();
        spec.caller = request_.caller;
    }
    start_worker();
    // The keys are wiped here, not when the work is done, unless another worker may need them.
    if (!spec.online)
        request_.keys = SecretBuffer();
}

void VolumeJob::start_worker() {
    const auto& where = request_.spec.online ? tools_.online_worker : tools_.worker;
    worker_ = std::make_unique<VolumeWorker>(
        tools_.loop, where, tools_.grace, request_.spec, request_.keys,
        VolumeWorker::News{[this](std::uint64_t done, std::uint64_t total) { on_progress(done, total); },
                           [this](const VolumeWorker::End& end) { on_end(end); }});
}

void VolumeJob::on_progress(std::uint64_t done, std::uint64_t total) {
    if (done > furthest_)
        deaths_left_ = kDeaths;
    furthest_ = std::max(furthest_, done);
    reports_.progress(done, total);
}

void VolumeJob::on_end(const VolumeWorker::End& end) {
    const bool replaced = deaths_left_ < kDeaths;
    const bool too_early = replaced && end.failure && end.failure->code() == ErrorCode::Busy;
    if (!request_.spec.online || !(end.died || too_early) || deaths_left_ == 0)
        return tidy_up(end.done, end.failure);
    if (!replaced)
        journal(Priority::Warning, end.failure->message() + "; another one is started");
    --deaths_left_;
    another_.arm(kBetweenDeaths);
}

void VolumeJob::go_on_after_death() {
    try {
        start_worker();
        if (cancelled_)
            worker_->cancel();
    } catch (const Failure& failure) {
        tidy_up(std::nullopt, online_worker_died(request_.volume(), " (another one: " + failure.message() + ")"));
    }
}

void VolumeJob::tidy_up(const std::optional<JobDone>& done, const std::optional<Failure>& failure) {
    if (!request_.in_pool || request_.spec.operation == VolumeOperation::Test)
        return finish(done, failure);
    const auto then = [this, done, failure](const std::optional<Failure>& not_tidied) {
        if (not_tidied)
            journal(Priority::Warning,
                    "after work on volume " + quoted(request_.volume()) + ": " + not_tidied->message());
        finish(done, failure);
    };
    if (failure && made_)
        tools_.storage.remove(*request_.in_pool, then);
    else
        tools_.storage.refresh(request_.in_pool->pool, then);
}

void VolumeJob::finish(const std::optional<JobDone>& done, const std::optional<Failure>& failure) {
    done_(done, failure);
    const auto ended = reports_.ended;
    ended(failure);
}

} // namespace guestkeyd
