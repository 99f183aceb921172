// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "agent/mapping_record.h"
#include "agent/volume_worker.h"
#include "base/secret_buffer.h"
#include "keyring/kernel_keyring.h"
#include "loop/timer.h"

#include <chrono>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace guestkeyd {

class KeyLog;

struct MappingTools {
    EventLoop& loop;
    KernelKeyring& keyring;
    const KeyLog& log;
    std::string worker;         // see VolumeWorker
    std::chrono::seconds grace; // see VolumeWorker
};

// A mapping that is open, or may be: what is kept of it, and the workers that open and close it, one after the other.
class Mapping {
  public:
    using Done = std::function<void(const std::optional<Failure>&)>;

    // Writes what is kept of one that is not there yet. closed is called when it is known not to be there any more, and
    // may not destroy this object at once.
    Mapping(MappingTools& tools, MappingRecord record, std::function<void()> closed);
    // What was found in the keyring.
    Mapping(MappingTools& tools, MappingRecord record, KernelKey key, std::function<void()> closed);

    [[nodiscard]] const MappingRecord& record() const { return record_; }
    [[nodiscard]] bool idle() const { return tasks_.empty(); }

    // Sees to it that it is open. A failure leaves it as it was; or, if the worker died, open or not.
    void open(SecretBuffer key, Done done);
    // As soon as nobody has it open; after some seconds of that it is left, with a warning.
    void close();
    void suspend();
    // No more of it is kept.
    void forget();

  private:
    struct Task {
        VolumeOperation operation;
        SecretBuffer key;
        Done done;
        int tries = 0;
        bool was_ours = false; // before it
    };

    void add(Task task);
    void run_next();
    void on_ended(const std::optional<Failure>& failure);
    [[nodiscard]] bool tries_again(const std::optional<Failure>& failure);
    void note(const std::optional<Failure>& failure);
    void keep(const std::function<void(MappingRecord&)>& change);

    MappingTools& tools_;
    MappingRecord record_;
    KernelKey key_;
    std::function<void()> closed_;
    bool ours_;           // it may be there already
    bool warned_ = false; // that it cannot be closed
    std::deque<Task> tasks_;
    Timer retry_;
    std::unique_ptr<VolumeWorker> worker_;
};

} // namespace guestkeyd
