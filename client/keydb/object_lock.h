// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "base/unique_fd.h"

#include <filesystem>
#include <string>

namespace guestkeyd::keydb {

// As long as it lives, no other guestkey works on the same thing: a lock on a file beside the database (flock(2)),
// which the kernel lets go of when the process dies.
class ObjectLock {
  public:
    // Called so in messages, like "volume X". Busy if another has it.
    ObjectLock(const std::filesystem::path& database, const std::string& id, const std::string& called);

  private:
    UniqueFd fd_;
};

} // namespace guestkeyd::keydb
