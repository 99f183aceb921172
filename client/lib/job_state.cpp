// SPDX-License-Identifier: LGPL-2.1-or-later
#include "guestkeyd/job.h"

#include <array>

namespace guestkeyd {

std::string_view state_name(JobState state) {
    static constexpr std::array<std::string_view, 6> kNames{"waiting", "running", "cancelling",
                                                            "done",    "failed",  "cancelled"};
    const auto index = static_cast<std::size_t>(state);
    return index < kNames.size() ? kNames[index] : kNames[1];
}

} // namespace guestkeyd
