// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "agent/job.h"
#include "agent/volume_worker.h"

#include <memory>

namespace guestkeyd {

// An online job that an earlier agent has begun, as it goes on. It has failed if its worker has died: nobody here has
// the keys with which another one could go on.
class FoundJob final : public JobRun {
  public:
    FoundJob(EventLoop& loop, FoundOnlineJob found) : loop_(loop), found_(std::move(found)) {}

    void start(Reports reports) override;
    void cancel() override { worker_->cancel(); }

  private:
    EventLoop& loop_;
    const FoundOnlineJob found_;
    std::unique_ptr<VolumeWorker> worker_;
};

} // namespace guestkeyd
