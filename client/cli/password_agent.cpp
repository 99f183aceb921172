// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/password_agent.h"

#include "base/unique_fd.h"

#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <poll.h>
#include <string>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace guestkeyd::cli {

namespace {

constexpr int kRegistrationTimeout = 5'000; // ms; without the agent, polkit says no and the user learns that

[[noreturn]] void become_agent(int notify) {
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    const auto fd = std::to_string(dup(notify)); // without O_CLOEXEC: the agent's to close
    execlp("pkttyagent", "pkttyagent", "--notify-fd", fd.c_str(), "--fallback", nullptr);
    _exit(127);
}

// It closes its end when it is registered with polkit, or dies of not being installed.
void wait_until_registered(int notify) {
    pollfd closed{notify, 0, 0};
    while (poll(&closed, 1, kRegistrationTimeout) < 0 && errno == EINTR)
        continue;
}

} // namespace

PasswordAgent::PasswordAgent() {
    int ends[2];
    if (geteuid() == 0 || !isatty(STDIN_FILENO) || pipe2(ends, O_CLOEXEC) < 0)
        return;
    const UniqueFd read_end(ends[0]);
    UniqueFd write_end(ends[1]);
    child_ = fork();
    if (child_ == 0)
        become_agent(write_end.get());
    write_end.reset();
    if (child_ > 0)
        wait_until_registered(read_end.get());
}

PasswordAgent::~PasswordAgent() {
    if (child_ < 0)
        return;
    kill(child_, SIGTERM);
    kill(child_, SIGCONT);
    while (waitpid(child_, nullptr, 0) < 0 && errno == EINTR)
        continue;
}

} // namespace guestkeyd::cli
