// SPDX-License-Identifier: LGPL-2.1-or-later
// guestkeyd-volume-worker: does one job with a volume (job_spec.h), so that hostile volumes never meet the process that
// holds the keys of guests.
#include "base/error.h"
#include "luks/job.h"
#include "luks/worker_confinement.h"

#include <unistd.h>

namespace guestkeyd {

namespace {

WorkerNeeds needs_of(const JobSpec& spec) {
    if (spec.online)
        return WorkerNeeds::OnlineJob;
    if (maps_devices(spec))
        return WorkerNeeds::DeviceMapper;
    const bool writes = spec.operation != VolumeOperation::Test;
    const bool may_copy = spec.operation == VolumeOperation::Reencrypt || spec.format == VolumeFormat::Qcow2;
    return writes && may_copy ? WorkerNeeds::QemuImg : WorkerNeeds::Nothing;
}

JobReport work(JobStream& stream) {
    try {
        const auto spec = stream.read_spec();
        give_up_rights(needs_of(spec));
        // A sanitizer needs more memory and system calls than is left then.
        if constexpr (GUESTKEYD_CONFINE)
            filter_worker_calls(needs_of(spec));
        const auto keys = stream.read_keys(spec);
        stream.report(JobStarted{getpid()});
        return run_job(spec, keys, stream);
    } catch (const Failure& error) {
        return JobFailed{error.code(), Opens::Unknown, error.message()};
    }
}

} // namespace

} // namespace guestkeyd

int main() {
    try {
        if constexpr (GUESTKEYD_CONFINE)
            guestkeyd::confine_worker();
        guestkeyd::JobStream stream;
        const auto report = guestkeyd::work(stream);
        stream.report(report);
        return std::holds_alternative<guestkeyd::JobDone>(report) ? 0 : 1;
    } catch (const std::exception& error) {
        const auto line = std::string(error.what()) + "\n";
        [[maybe_unused]] const auto written = write(STDERR_FILENO, line.data(), line.size());
        return 1;
    }
}
