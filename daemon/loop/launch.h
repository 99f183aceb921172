// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <spawn.h>
#include <string>

namespace guestkeyd {

// posix_spawn(3). The program gets the descriptors that are mapped and our standard error, no other descriptor, no
// environment, and no blocked signals.
class Launch {
  public:
    Launch();
    Launch(const Launch&) = delete;
    Launch& operator=(const Launch&) = delete;
    ~Launch();

    // The program finds our descriptor from as its descriptor to.
    void map(int from, int to) { posix_spawn_file_actions_adddup2(&actions_, from, to); }

    // Returns its process id. Internal if it cannot be started.
    int run(const std::string& program);

  private:
    posix_spawn_file_actions_t actions_{};
    posix_spawnattr_t attributes_{};
};

} // namespace guestkeyd
