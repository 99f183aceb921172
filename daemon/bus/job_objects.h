// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "agent/job.h"
#include "bus/raw_bus.h"
#include "loop/timer.h"

#include <set>

namespace guestkeyd {

class VolumeJobs;

// The objects org.guestkeyd1.Job. As with guests, one table serves every path below the prefix and looks the job up.
class JobObjects {
  public:
    JobObjects(EventLoop& loop, sd_bus* bus, VolumeJobs& jobs);

    void emit_added(JobId job);
    void emit_changed(JobId job);
    // Collected and sent at most four times a second.
    void emit_progressed(JobId job);
    void emit_ended(const Job& job);
    void emit_removed(JobId job);

  private:
    struct Vtable;

    void emit_progress();
    void cancel(sd_bus_message* call);

    sd_bus* bus_;
    VolumeJobs& jobs_;
    std::set<JobId> progressed_;
    Timer progress_due_;
    SlotRef vtable_slot_;
    SlotRef enumerator_slot_;
};

} // namespace guestkeyd
