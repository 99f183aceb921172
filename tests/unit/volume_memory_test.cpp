// SPDX-License-Identifier: LGPL-2.1-or-later
// How much memory a worker takes, and what is in it. A sanitizer has memory of its own.
#include "volume_fixture.h"

#include "support/memory.h"

#include <csignal>

namespace guestkeyd::test {
namespace {

class WorkerMemory : public Volumes {
  protected:
    // In the middle of its work.
    std::unique_ptr<VolumeWorker> stopped(VolumeFormat format) {
        auto worker = std::make_unique<VolumeWorker>(reencrypt_spec(make(format, 96 * kMiB, format_name(format))),
                                                     Keys{kOldKey, kNewKey});
        EXPECT_TRUE(worker->next_of<JobProgress>());
        kill(worker->pid(), SIGSTOP);
        return worker;
    }
};

TEST_F(WorkerMemory, StaysBelow64MiB) {
    for (const auto format : {VolumeFormat::Luks2, VolumeFormat::Luks1}) {
        const auto worker = stopped(format);
        const auto status = read_file("/proc/" + std::to_string(worker->pid()) + "/status");
        EXPECT_LT(std::stoull(status.substr(status.find("VmHWM:") + 6)), 64U * 1024) << format_name(format);
    }
}

TEST_F(WorkerMemory, HoldsNoKeyThatACoreWouldShow) {
    for (const auto format : {VolumeFormat::Luks2, VolumeFormat::Luks1}) {
        const auto worker = stopped(format);
        EXPECT_TRUE(is_in_memory(worker->pid(), kNewKey)) << "the search finds what is there";
        EXPECT_FALSE(is_in_core(worker->pid(), kOldKey)) << format_name(format);
        EXPECT_FALSE(is_in_core(worker->pid(), kNewKey)) << format_name(format);
    }
}

} // namespace
} // namespace guestkeyd::test
