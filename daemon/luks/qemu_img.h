// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "base/unique_fd.h"
#include "luks/job_stream.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace guestkeyd {

// One run of qemu-img. It sees images as /dev/fd/3, /dev/fd/4 and so on, and keys as its secrets key0, key1 and so on,
// each from a pipe; nothing else of ours.
struct QemuImgRun {
    std::vector<std::string> arguments; // those of the keys are added
    std::vector<int> images;
    std::vector<std::string_view> keys;
    std::uint64_t bytes = 0; // that it goes through, for progress; its argument -p is what makes it tell
};

// Runs it to its end. Cancelled, if that is asked for meanwhile, and Internal with what it complains of; doing says
// what it is for. Its measurement of the processor for LUKS headers fails at random in versions before 9.2 (QEMU commit
// c72cab5a): then it is run again, and a notice tells.
void run_qemu_img(const QemuImgRun& run, JobStream& stream, const std::string& doing);

} // namespace guestkeyd
