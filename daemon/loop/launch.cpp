// SPDX-License-Identifier: LGPL-2.1-or-later
#include "loop/launch.h"

#include "base/error.h"

#include <array>
#include <csignal>
#include <unistd.h>

namespace guestkeyd {

Launch::Launch() {
    posix_spawn_file_actions_init(&actions_);
    posix_spawnattr_init(&attributes_);
}

Launch::~Launch() {
    posix_spawn_file_actions_destroy(&actions_);
    posix_spawnattr_destroy(&attributes_);
}

int Launch::run(const std::string& program) {
    posix_spawn_file_actions_addclosefrom_np(&actions_, STDERR_FILENO + 1);
    sigset_t none;
    sigemptyset(&none);
    posix_spawnattr_setsigmask(&attributes_, &none);
    posix_spawnattr_setflags(&attributes_, POSIX_SPAWN_SETSIGMASK);
    std::string name = program;
    std::array<char*, 2> argv{name.data(), nullptr};
    std::array<char*, 1> environment{nullptr};
    int pid = -1;
    const int error = posix_spawn(&pid, program.c_str(), &actions_, &attributes_, argv.data(), environment.data());
    if (error != 0)
        throw_errno(error, "start " + program);
    return pid;
}

} // namespace guestkeyd
