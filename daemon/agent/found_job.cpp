// SPDX-License-Identifier: LGPL-2.1-or-later
#include "agent/found_job.h"

namespace guestkeyd {

void FoundJob::start(Reports reports) {
    const auto on_end = [ended = reports.ended](const VolumeWorker::End& end) { ended(end.failure); };
    try {
        worker_ = std::make_unique<VolumeWorker>(loop_, found_, VolumeWorker::News{reports.progress, on_end});
    } catch (const Failure&) { // nobody listens there
        throw online_worker_died(found_.job.volume, "");
    }
}

} // namespace guestkeyd
