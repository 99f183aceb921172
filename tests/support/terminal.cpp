// SPDX-License-Identifier: LGPL-2.1-or-later
#include "support/terminal.h"

#include "base/error.h"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <poll.h>
#include <pty.h>
#include <sys/wait.h>
#include <unistd.h>

namespace guestkeyd::test {

Terminal::Terminal(const std::vector<std::string>& arguments, const Environment& environment) {
    std::vector<char*> argv;
    for (const auto& argument : arguments)
        argv.push_back(const_cast<char*>(argument.c_str()));
    argv.push_back(nullptr);
    int master = -1;
    pid_ = forkpty(&master, nullptr, nullptr, nullptr);
    if (pid_ < 0)
        throw_errno(errno, "make a terminal");
    if (pid_ == 0) {
        for (const auto& [name, value] : environment)
            setenv(name.c_str(), value.c_str(), 1); // NOLINT(concurrency-mt-unsafe): there is one thread
        execvp(argv.front(), argv.data());
        _exit(127);
    }
    terminal_ = UniqueFd(master);
}

Terminal::~Terminal() {
    if (pid_ <= 0)
        return;
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
}

bool Terminal::read_some() {
    pollfd ready{terminal_.get(), POLLIN, 0};
    constexpr int kPatienceMs = 60'000;
    std::array<char, 4096> chunk{};
    if (poll(&ready, 1, kPatienceMs) <= 0)
        return false;
    const auto n = read(terminal_.get(), chunk.data(), chunk.size()); // EIO: the program has ended
    if (n > 0)
        text_.append(chunk.data(), static_cast<std::size_t>(n));
    return n > 0;
}

bool Terminal::shows(const std::string& text) {
    auto found = text_.find(text, seen_);
    while (found == std::string::npos && read_some())
        found = text_.find(text, seen_);
    if (found != std::string::npos)
        seen_ = found + text.size();
    return found != std::string::npos;
}

void Terminal::type(const std::string& text) const {
    if (write(terminal_.get(), text.data(), text.size()) != static_cast<ssize_t>(text.size()))
        throw_errno(errno, "type on a terminal");
}

int Terminal::wait() {
    while (read_some()) {
    }
    int status = 0;
    waitpid(std::exchange(pid_, -1), &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

} // namespace guestkeyd::test
