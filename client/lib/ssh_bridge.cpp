// SPDX-License-Identifier: LGPL-2.1-or-later
#include "ssh_bridge.h"

#include "base/error.h"
#include "own_listener.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <optional>
#include <poll.h>
#include <spawn.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

extern "C" {
#include <sys/pidfd.h> // of glibc 2.36 does not say so itself
}

namespace guestkeyd {

namespace {

using Clock = std::chrono::steady_clock;
using Deadline = std::optional<Clock::time_point>;

constexpr std::chrono::seconds kTimeToEnd(2);
constexpr std::size_t kLongestComplaint = 16 * 1024;

UniqueFd require(int fd, const char* doing) {
    if (fd < 0)
        throw_errno(errno, doing);
    return UniqueFd(fd);
}

int time_left(const Deadline& deadline) {
    if (!deadline)
        return -1;
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(*deadline - Clock::now());
    return static_cast<int>(std::max<std::chrono::milliseconds::rep>(left.count(), 0));
}

bool is_ready(const pollfd& waited_for) {
    return waited_for.revents != 0;
}

// Signals are for the threads of the program.
class SignalsBlocked {
  public:
    SignalsBlocked() {
        sigset_t all;
        sigfillset(&all);
        pthread_sigmask(SIG_SETMASK, &all, &before_);
    }
    ~SignalsBlocked() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
    SignalsBlocked(const SignalsBlocked&) = delete;
    SignalsBlocked& operator=(const SignalsBlocked&) = delete;

  private:
    sigset_t before_{};
};

} // namespace

SshBridge::SshBridge(std::vector<std::string> arguments, std::chrono::seconds limit)
    : arguments_(std::move(arguments)),
      listener_(require(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), "make a socket for ssh")),
      wake_(require(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK), "make an eventfd")),
      bus_address_("unix:abstract=" + listen_anywhere(listener_)) {
    const SignalsBlocked blocked;
    thread_ = std::thread([this, limit] { run(limit); });
}

SshBridge::~SshBridge() {
    end();
}

void SshBridge::arrived() {
    enter(Phase::Arrived);
}

const SshEnd& SshBridge::end() {
    if (thread_.joinable()) {
        enter(Phase::Ending);
        thread_.join();
    }
    return end_;
}

void SshBridge::enter(Phase phase) {
    phase_ = phase;
    eventfd_write(wake_.get(), 1);
}

void SshBridge::run(std::chrono::seconds limit) {
    auto connection = take_connection(limit);
    std::array<int, 2> ends{-1, -1};
    if (!connection || pipe2(ends.data(), O_CLOEXEC | O_NONBLOCK) < 0)
        return;
    const UniqueFd reading(ends[0]);
    UniqueFd writing(ends[1]);
    const auto ssh = start(connection, writing);
    connection.reset(); // ssh has it, whose end then breaks it
    writing.reset();
    if (ssh > 0)
        attend(ssh, reading, limit);
}

// None if none comes. The listener is closed, which breaks all others.
UniqueFd SshBridge::take_connection(std::chrono::seconds limit) {
    const auto listener = std::move(listener_);
    const Deadline deadline = Clock::now() + limit;
    for (;;) {
        std::array<pollfd, 2> waited_for{pollfd{listener.get(), POLLIN, 0}, pollfd{wake_.get(), POLLIN, 0}};
        if (poll(waited_for.data(), waited_for.size(), time_left(deadline)) == 0 || phase_ == Phase::Ending)
            return {};
        UniqueFd connection(accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC));
        if (connection && is_of_this_process(connection))
            return connection;
    }
}

pid_t SshBridge::start(const UniqueFd& connection, const UniqueFd& complaints) {
    std::vector<char*> argv;
    for (const auto& argument : arguments_)
        argv.push_back(const_cast<char*>(argument.c_str()));
    argv.push_back(nullptr);
    posix_spawn_file_actions_t files;
    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_adddup2(&files, connection.get(), STDIN_FILENO);
    posix_spawn_file_actions_adddup2(&files, connection.get(), STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&files, complaints.get(), STDERR_FILENO);
    posix_spawnattr_t attributes;
    sigset_t none;
    sigemptyset(&none);
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
    pid_t ssh = -1;
    end_.error = posix_spawnp(&ssh, argv.front(), &files, &attributes, argv.data(), environ);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&files);
    return end_.error == 0 ? ssh : -1;
}

// Until it has ended. SIGTERM comes first, on which it gives a terminal back as it was.
void SshBridge::attend(pid_t ssh, const UniqueFd& complaints, std::chrono::seconds limit) {
    const UniqueFd process(pidfd_open(ssh, 0));
    if (!process) {
        end_.error = errno;
        kill(ssh, SIGTERM);
    }
    Deadline deadline = Clock::now() + limit;
    std::array<pollfd, 3> waited_for{pollfd{process.get(), POLLIN, 0}, pollfd{wake_.get(), POLLIN, 0},
                                     pollfd{complaints.get(), POLLIN, 0}};
    while (process && !is_ready(waited_for[0])) {
        if (poll(waited_for.data(), waited_for.size(), time_left(deadline)) == 0) {
            kill(ssh, std::exchange(end_.out_of_time, true) ? SIGKILL : SIGTERM);
            deadline = Clock::now() + kTimeToEnd;
        }
        eventfd_t times = 0;
        if (is_ready(waited_for[1]) && eventfd_read(wake_.get(), &times) == 0 && !end_.out_of_time)
            deadline = phase_ == Phase::Ending ? Deadline(Clock::now() + kTimeToEnd) : std::nullopt;
        if (is_ready(waited_for[2]))
            hear(complaints);
        if ((waited_for[2].revents & POLLIN) == 0 && is_ready(waited_for[2]))
            waited_for[2].fd = -1; // its other end is closed
    }
    hear(complaints);
    while (waitpid(ssh, &end_.status, 0) < 0 && errno == EINTR)
        continue;
}

void SshBridge::hear(const UniqueFd& complaints) {
    std::array<char, 4096> text{};
    for (ssize_t length = 0; (length = read(complaints.get(), text.data(), text.size())) > 0;)
        end_.complaint.append(text.data(),
                              std::min(static_cast<std::size_t>(length), kLongestComplaint - end_.complaint.size()));
}

} // namespace guestkeyd
