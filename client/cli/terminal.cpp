// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/terminal.h"

#include "base/error.h"
#include "base/unique_fd.h"

#include <array>
#include <cerrno>
#include <csignal>
#include <iostream>
#include <poll.h>
#include <sys/signalfd.h>
#include <termios.h>
#include <unistd.h>

namespace guestkeyd::cli {

namespace {

// Signals that would leave the terminal without echo wait while this lives, and strike when it ends.
class HeldSignals {
  public:
    HeldSignals() {
        sigset_t held;
        sigemptyset(&held);
        for (const int signal : {SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGTSTP})
            sigaddset(&held, signal);
        sigprocmask(SIG_BLOCK, &held, &before_);
        arrival_ = UniqueFd(signalfd(-1, &held, SFD_CLOEXEC));
    }
    ~HeldSignals() { sigprocmask(SIG_SETMASK, &before_, nullptr); }
    HeldSignals(const HeldSignals&) = delete;
    HeldSignals& operator=(const HeldSignals&) = delete;

    [[nodiscard]] int arrival() const { return arrival_.get(); }

  private:
    sigset_t before_{};
    UniqueFd arrival_;
};

class EchoOff {
  public:
    explicit EchoOff(int terminal) : terminal_(terminal) {
        if (tcgetattr(terminal_, &before_) < 0)
            throw_errno(errno, "read the settings of the terminal");
        auto silent = before_;
        silent.c_lflag &= ~static_cast<tcflag_t>(ECHO);
        silent.c_lflag |= ICANON | ECHONL;
        if (tcsetattr(terminal_, TCSAFLUSH, &silent) < 0)
            throw_errno(errno, "switch off the echo of the terminal");
    }
    ~EchoOff() { tcsetattr(terminal_, TCSAFLUSH, &before_); }
    EchoOff(const EchoOff&) = delete;
    EchoOff& operator=(const EchoOff&) = delete;

  private:
    int terminal_;
    termios before_{};
};

enum class Input { Line, Signal };

Input wait_for_line(int terminal, const HeldSignals& signals) {
    std::array<pollfd, 2> sources{pollfd{terminal, POLLIN, 0}, pollfd{signals.arrival(), POLLIN, 0}};
    while (poll(sources.data(), sources.size(), -1) < 0)
        if (errno != EINTR)
            throw_errno(errno, "wait for the terminal");
    return sources[1].revents != 0 ? Input::Signal : Input::Line;
}

// One try, which a signal may cut short.
Input try_to_read(int terminal, const std::string& prompt, SecretBuffer& line) {
    const HeldSignals signals;
    const EchoOff silence(terminal);
    std::cerr << prompt << std::flush;
    if (wait_for_line(terminal, signals) == Input::Signal) {
        std::cerr << std::endl;
        return Input::Signal;
    }
    const auto room = line.room();
    const auto got = read(terminal, room.data(), room.size());
    if (got < 0)
        throw_errno(errno, "read from the terminal");
    line.grow(static_cast<std::size_t>(got));
    if (!line.view().ends_with('\n')) // ended by Ctrl-D, so the cursor still stands behind the prompt
        std::cerr << std::endl;
    return Input::Line;
}

} // namespace

SecretBuffer read_hidden_line(int terminal, const std::string& prompt) {
    SecretBuffer line(kLongestLine);
    while (try_to_read(terminal, prompt, line) == Input::Signal)
        continue; // stopped and back in the foreground: ask again
    return line;
}

} // namespace guestkeyd::cli
