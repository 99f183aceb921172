// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <chrono>

namespace guestkeyd {

// The header of a volume chooses how much work it is to try a key. As long as this object lives, the process may use
// so much processor time; then it reports that as the failure of its job, and ends.
class WorkLimit {
  public:
    explicit WorkLimit(std::chrono::seconds limit = std::chrono::seconds(60));
    WorkLimit(const WorkLimit&) = delete;
    WorkLimit& operator=(const WorkLimit&) = delete;
    ~WorkLimit();
};

} // namespace guestkeyd
