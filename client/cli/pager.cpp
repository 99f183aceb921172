// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/pager.h"

#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <fcntl.h>
#include <iostream>
#include <string_view>
#include <sys/wait.h>
#include <unistd.h>

namespace guestkeyd::cli {

namespace {

constexpr const char* kDefaultPager = "command -v less >/dev/null && exec less; exec cat";

const char* chosen_pager() {
    const char* pager = std::getenv("PAGER");
    return pager ? pager : kDefaultPager;
}

bool wanted(const Options& options) {
    const std::string_view pager = chosen_pager();
    return options.pager && options.json == Json::Off && isatty(STDOUT_FILENO) && !pager.empty() && pager != "cat";
}

[[noreturn]] void become_pager(int input) {
    dup2(input, STDIN_FILENO);
    setenv("LESS", "FRSX", 0);
    setenv("LESSSECURE", "1", 1); // who may run us as root by sudo gets no shell from it
    execlp("sh", "sh", "-c", chosen_pager(), nullptr);
    _exit(127);
}

} // namespace

Pager::Pager(const Options& options) {
    int ends[2];
    if (!wanted(options) || pipe2(ends, O_CLOEXEC) < 0)
        return;
    const UniqueFd read_end(ends[0]);
    const UniqueFd write_end(ends[1]);
    std::cout.flush();
    child_ = fork();
    if (child_ == 0)
        become_pager(read_end.get());
    if (child_ < 0)
        return;
    terminal_ = UniqueFd::duplicate(STDOUT_FILENO);
    std::signal(SIGPIPE, SIG_IGN); // who quits the pager has read enough
    dup2(write_end.get(), STDOUT_FILENO);
}

Pager::~Pager() {
    if (child_ < 0)
        return;
    std::cout.flush();
    std::cout.clear();
    dup2(terminal_.get(), STDOUT_FILENO);
    std::signal(SIGPIPE, SIG_DFL);
    while (waitpid(child_, nullptr, 0) < 0 && errno == EINTR)
        continue;
}

} // namespace guestkeyd::cli
