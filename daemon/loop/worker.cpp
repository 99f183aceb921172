// SPDX-License-Identifier: LGPL-2.1-or-later
#include "loop/worker.h"

#include "base/error.h"
#include "loop/launch.h"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <systemd/sd-event.h>
#include <unistd.h>

extern "C" { // glibc 2.36 forgot to say so itself
#include <sys/pidfd.h>
}

namespace guestkeyd {

namespace {

// More is no line of ours.
constexpr std::size_t kLongestLine = 64 * 1024;

bool is_socket(const std::string& path) {
    struct stat status {};
    return stat(path.c_str(), &status) == 0 && S_ISSOCK(status.st_mode);
}

EventSource watch(EventLoop& loop, const UniqueFd& fd, sd_event_io_handler_t handler, void* self) {
    sd_event_source* source = nullptr;
    check_errno(sd_event_add_io(loop.raw(), &source, fd.get(), EPOLLIN, handler, self), "watch a worker");
    return EventSource(source);
}

// The process that wrote the message, as the kernel saw it (SO_PASSCRED in unix(7)); 0 if it does not say.
int writer_of(const msghdr& message) {
    for (const cmsghdr* each = CMSG_FIRSTHDR(&message); each;
         each = CMSG_NXTHDR(const_cast<msghdr*>(&message), const_cast<cmsghdr*>(each)))
        if (each->cmsg_level == SOL_SOCKET && each->cmsg_type == SCM_CREDENTIALS) {
            ucred credentials{};
            std::memcpy(&credentials, CMSG_DATA(each), sizeof credentials);
            return credentials.pid;
        }
    return 0;
}

std::optional<std::string> cause_of_death(int status) {
    return WIFSIGNALED(status) ? std::optional("signal " + std::to_string(WTERMSIG(status))) : std::nullopt;
}

} // namespace

Worker::Worker(EventLoop& loop, const std::string& where, News news, Fate fate) : news_(std::move(news)), fate_(fate) {
    if (is_socket(where))
        connect_to(where);
    else
        start_child(loop, where);
    stream_source_ = watch(loop, stream_, &Worker::on_stream, this);
}

Worker::~Worker() {
    if (fate_ == Fate::Stopped)
        signal(SIGTERM);
}

void Worker::start_child(EventLoop& loop, const std::string& program) {
    std::array<int, 2> ends{};
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) < 0)
        throw_errno(errno, "make a socket pair");
    stream_ = UniqueFd(ends[0]);
    const UniqueFd theirs(ends[1]);
    Launch launch;
    launch.map(theirs.get(), STDIN_FILENO);
    launch.map(theirs.get(), STDOUT_FILENO);
    pid_ = launch.run(program);
    process_ = UniqueFd(pidfd_open(pid_, 0));
    exit_source_ = watch(loop, process_, &Worker::on_exit, this);
}

void Worker::connect_to(const std::string& socket_path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (socket_path.size() >= sizeof address.sun_path)
        throw Failure(ErrorCode::Internal, "the socket path " + socket_path + " is too long");
    std::memcpy(static_cast<char*>(address.sun_path), socket_path.data(), socket_path.size());
    stream_ = UniqueFd(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    const int on = 1;
    if (!stream_ || setsockopt(stream_.get(), SOL_SOCKET, SO_PASSCRED, &on, sizeof on) < 0 ||
        connect(stream_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) < 0)
        throw_errno(errno, "reach a worker at " + socket_path);
}

void Worker::send(std::string_view text) {
    const auto sent = ::send(stream_.get(), text.data(), text.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (sent < 0)
        throw_errno(errno, "talk to a worker");
    if (static_cast<std::size_t>(sent) != text.size())
        throw Failure(ErrorCode::Internal, "talk to a worker: it does not read");
}

void Worker::end_input() {
    shutdown(stream_.get(), SHUT_WR);
}

void Worker::signal(int number) {
    if (process_)
        pidfd_send_signal(process_.get(), number, nullptr, 0);
}

int Worker::on_stream(sd_event_source*, int, unsigned, void* self) {
    run_guarded([self] {
        auto& worker = *static_cast<Worker*>(self);
        worker.read_available();
        // The end of a child is told by its exit, which says more.
        if (worker.stream_ended_ && worker.pid_ < 0)
            worker.finish(std::nullopt);
    });
    return 0;
}

int Worker::on_exit(sd_event_source*, int, unsigned, void* self) {
    run_guarded([self] {
        auto& worker = *static_cast<Worker*>(self);
        int status = 0;
        waitpid(std::exchange(worker.pid_, -1), &status, 0);
        worker.process_.reset();
        worker.read_available();
        worker.finish(cause_of_death(status));
    });
    return 0;
}

void Worker::read_available() {
    while (read_some())
        take_lines();
    if (stream_ended_)
        stream_source_.reset();
}

bool Worker::read_some() {
    std::array<char, 4096> chunk{};
    alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(ucred))> control{};
    iovec memory{chunk.data(), chunk.size()};
    msghdr message{};
    message.msg_iov = &memory;
    message.msg_iovlen = 1;
    message.msg_control = control.data();
    message.msg_controllen = control.size();
    const auto n = recvmsg(stream_.get(), &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return false;
    if (n <= 0 || text_.size() + static_cast<std::size_t>(n) > kLongestLine) {
        stream_ended_ = true;
        return false;
    }
    if (!process_)
        learn_process(writer_of(message));
    text_.append(chunk.data(), static_cast<std::size_t>(n));
    return true;
}

void Worker::learn_process(int pid) {
    if (pid > 0)
        process_ = UniqueFd(pidfd_open(pid, 0));
}

void Worker::take_lines() {
    std::size_t start = 0;
    for (auto end = text_.find('\n'); end != std::string::npos; end = text_.find('\n', start)) {
        news_.line(std::string_view(text_).substr(start, end - start));
        start = end + 1;
    }
    text_.erase(0, start);
}

void Worker::finish(std::optional<std::string> died) {
    stream_source_.reset();
    exit_source_.reset();
    const auto ended = news_.ended;
    ended(std::move(died));
}

} // namespace guestkeyd
