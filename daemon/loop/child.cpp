// SPDX-License-Identifier: LGPL-2.1-or-later
#include "loop/child.h"

#include "loop/launch.h"

#include <array>
#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/wait.h>
#include <systemd/sd-event.h>
#include <unistd.h>

extern "C" { // glibc 2.36 forgot to say so itself
#include <sys/pidfd.h>
}

namespace guestkeyd {

namespace {

constexpr std::size_t kMaxOutput = 1024 * 1024;

struct Pipe {
    UniqueFd read_end;
    UniqueFd write_end;
};

Pipe make_pipe() {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) < 0)
        throw_errno(errno, "make a pipe");
    fcntl(ends[0], F_SETFL, O_NONBLOCK);
    return {UniqueFd(ends[0]), UniqueFd(ends[1])};
}

} // namespace

Child::Child(EventLoop& loop, const std::string& program, const UniqueFd& input, std::chrono::microseconds deadline,
             Done done)
    : deadline_(loop, [this] { kill(pid_, SIGKILL); }), done_(std::move(done)) {
    auto output = make_pipe();
    auto errors = make_pipe();
    Launch launch;
    launch.map(input.get(), STDIN_FILENO);
    launch.map(output.write_end.get(), STDOUT_FILENO);
    launch.map(errors.write_end.get(), STDERR_FILENO);
    pid_ = launch.run(program);
    pidfd_ = UniqueFd(pidfd_open(pid_, 0));
    output_.fd = std::move(output.read_end);
    errors_.fd = std::move(errors.read_end);
    watch(loop, output_);
    watch(loop, errors_);
    sd_event_source* source = nullptr;
    check_errno(sd_event_add_io(loop.raw(), &source, pidfd_.get(), EPOLLIN, &Child::on_exit, this), "watch a child");
    exit_source_.reset(source);
    deadline_.arm(deadline);
}

Child::~Child() {
    if (pid_ <= 0)
        return;
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
}

void Child::watch(EventLoop& loop, Stream& stream) {
    sd_event_source* source = nullptr;
    check_errno(sd_event_add_io(loop.raw(), &source, stream.fd.get(), EPOLLIN, &Child::on_output, this),
                "watch a child's output");
    stream.source.reset(source);
}

int Child::on_output(sd_event_source*, int fd, unsigned, void* self) {
    auto& child = *static_cast<Child*>(self);
    child.read_available(fd == child.output_.fd.get() ? child.output_ : child.errors_);
    return 0;
}

void Child::read_available(Stream& stream) {
    std::array<char, 16384> chunk{};
    for (;;) {
        const auto n = read(stream.fd.get(), chunk.data(), chunk.size());
        if (n < 0 && errno == EAGAIN)
            return;
        if (n <= 0 || stream.text.size() + static_cast<std::size_t>(n) > kMaxOutput) {
            stream.source.reset();
            return;
        }
        stream.text.append(chunk.data(), static_cast<std::size_t>(n));
    }
}

int Child::on_exit(sd_event_source*, int, unsigned, void* self) {
    run_guarded([self] { static_cast<Child*>(self)->reap(); });
    return 0;
}

void Child::reap() {
    int status = 0;
    waitpid(std::exchange(pid_, -1), &status, 0);
    read_available(output_);
    read_available(errors_);
    exit_source_.reset();
    deadline_.disarm();
    ChildResult result;
    result.succeeded = WIFEXITED(status) && WEXITSTATUS(status) == 0;
    result.output = std::move(output_.text);
    result.complaint = errors_.text.substr(0, errors_.text.find('\n'));
    const auto done = std::move(done_);
    done(this, std::move(result));
}

} // namespace guestkeyd
