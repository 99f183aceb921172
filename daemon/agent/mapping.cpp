// SPDX-License-Identifier: LGPL-2.1-or-later
#include "agent/mapping.h"

#include "agent/key_log.h"
#include "loop/alarm.h"

#include <utility>

namespace guestkeyd {

namespace {

using namespace std::chrono_literals;

// udev looks at a device that has just come, and a QEMU that is killed takes a moment to let go.
constexpr auto kRetryAfter = 500ms;
constexpr int kTries = 20;

KeyAction action_of(VolumeOperation operation) {
    switch (operation) {
    case VolumeOperation::Open:
        return KeyAction::Open;
    case VolumeOperation::Suspend:
        return KeyAction::Suspend;
    default:
        return KeyAction::Close;
    }
}

// Of a worker that reported a failure to open, in which case there is no mapping of its; one that was killed may have
// left one.
bool says_all(const Failure& failure) {
    return failure.code() != ErrorCode::Cancelled && failure.code() != ErrorCode::Internal;
}

} // namespace

Mapping::Mapping(MappingTools& tools, MappingRecord record, std::function<void()> closed)
    : Mapping(tools, record, tools.keyring.add(mapping_description(record.name), encode_mapping(record)),
              std::move(closed)) {
    ours_ = false;
}

Mapping::Mapping(MappingTools& tools, MappingRecord record, KernelKey key, std::function<void()> closed)
    : tools_(tools), record_(std::move(record)), key_(key), closed_(std::move(closed)), ours_(true),
      retry_(tools.loop, [this] { run_next(); }) {}

void Mapping::open(SecretBuffer key, Done done) {
    add({VolumeOperation::Open, std::move(key), std::move(done)});
}

void Mapping::close() {
    if (!tasks_.empty() && tasks_.back().operation == VolumeOperation::Close)
        return;
    // Whoever waits for it to be opened does not any more.
    if (worker_ && tasks_.front().operation == VolumeOperation::Open)
        worker_->cancel();
    add({VolumeOperation::Close, {}, nullptr});
}

void Mapping::suspend() {
    add({VolumeOperation::Suspend, {}, nullptr});
}

void Mapping::forget() {
    tools_.keyring.purge(key_);
}

void Mapping::add(Task task) {
    tasks_.push_back(std::move(task));
    if (tasks_.size() == 1)
        run_next();
}

void Mapping::run_next() {
    auto& task = tasks_.front();
    try {
        JobSpec spec{.operation = task.operation, .path = record_.device, .mapping = record_.name};
        if (task.operation == VolumeOperation::Open) {
            keep([](MappingRecord& record) { record.opened = now_in_seconds(); });
            spec.may_be_open = task.was_ours = std::exchange(ours_, true);
        } else if (!ours_) { // nothing is there that we may touch
            return tools_.loop.post([this] { on_ended(std::nullopt); });
        }
        worker_ = std::make_unique<VolumeWorker>(
            tools_.loop, tools_.worker, tools_.grace, spec, task.key,
            VolumeWorker::News{[](auto, auto) {},
                               [this](const VolumeWorker::End& end) {
                                   // Nothing of it is used after this.
                                   tools_.loop.post([this, failure = end.failure] { on_ended(failure); });
                               }});
    } catch (const Failure& failure) {
        tools_.loop.post([this, failure] { on_ended(failure); });
    }
}

void Mapping::on_ended(const std::optional<Failure>& failure) {
    worker_.reset();
    if (tries_again(failure))
        return;
    note(failure);
    auto task = std::move(tasks_.front());
    tasks_.pop_front();
    if (task.operation == VolumeOperation::Open && failure && !task.was_ours && says_all(*failure))
        ours_ = false;
    if (!failure && task.operation != VolumeOperation::Close)
        keep([&](MappingRecord& record) { record.suspended = task.operation == VolumeOperation::Suspend; });
    if (!failure && task.operation == VolumeOperation::Close)
        ours_ = false;
    const bool gone = !failure && task.operation == VolumeOperation::Close && tasks_.empty();
    if (!tasks_.empty())
        run_next();
    if (task.done)
        task.done(failure);
    if (gone)
        closed_();
}

bool Mapping::tries_again(const std::optional<Failure>& failure) {
    auto& task = tasks_.front();
    const bool wanted_again = tasks_.size() > 1; // the guest is being started again
    if (!failure || failure->code() != ErrorCode::Busy || task.operation != VolumeOperation::Close || wanted_again ||
        ++task.tries == kTries)
        return false;
    retry_.arm(kRetryAfter);
    return true;
}

void Mapping::note(const std::optional<Failure>& failure) {
    const auto operation = tasks_.front().operation;
    if (operation != VolumeOperation::Open && !ours_)
        return;
    // Said before, and tried again as long as it is there; or the guest is being started again.
    if (operation == VolumeOperation::Close && failure && (tasks_.size() > 1 || std::exchange(warned_, true)))
        return;
    const auto action = action_of(operation);
    tools_.log.note({action,
                     failure ? KeyResult::Failed : KeyResult::Done,
                     record_.guest,
                     {record_.volume},
                     std::string(key_action_name(action)) + " /dev/mapper/" + record_.name + " of volume " +
                         record_.volume.str() + " of guest " + record_.guest.str() + ": " +
                         (failure ? failure->message() : "done")});
}

void Mapping::keep(const std::function<void(MappingRecord&)>& change) {
    const auto before = record_;
    change(record_);
    if (!(record_ == before))
        tools_.keyring.update(key_, encode_mapping(record_));
}

} // namespace guestkeyd
