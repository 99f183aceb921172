// SPDX-License-Identifier: LGPL-2.1-or-later
// Stands in for guestkeyd-volume-worker with an online job, where there is no device-mapper: talks with agents as that
// does, and works for as long as a test wants. The test says so by files beside the volume's: NAME.end is the end;
// without the folder there is no test any more.
#include "base/error.h"
#include "luks/job_stream.h"

#include <filesystem>
#include <poll.h>
#include <unistd.h>

using namespace guestkeyd;

namespace {

constexpr int kStep = 20; // ms
constexpr std::uint64_t kBytes = 1'000'000;

JobReport work(JobStream& stream, const JobSpec& spec) {
    const std::filesystem::path volume(spec.path);
    stream.outlive_agents(spec, volume.filename().string());
    for (std::uint64_t done = 1; std::filesystem::exists(volume.parent_path()); ++done) {
        if (stream.cancel_requested())
            return JobFailed{ErrorCode::Cancelled, Opens::New, "cancelled"};
        if (std::filesystem::exists(spec.path + ".end"))
            return JobDone{VolumeFormat::Luks2, true};
        stream.progress(done, kBytes);
        poll(nullptr, 0, kStep);
    }
    return JobFailed{ErrorCode::Internal, Opens::Unknown, "the test has ended"};
}

} // namespace

int main() {
    JobStream stream;
    const auto spec = stream.read_spec();
    stream.read_keys(spec);
    stream.report(JobStarted{getpid()});
    stream.report(work(stream, spec));
}
