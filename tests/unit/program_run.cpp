// SPDX-License-Identifier: LGPL-2.1-or-later
#include "program_run.h"

#include "base/error.h"
#include "support/wait_until.h"

#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

namespace guestkeyd::test {

namespace {

using Clock = std::chrono::steady_clock;

struct Pipe {
    UniqueFd read_end;
    UniqueFd write_end;
};

Pipe make_pipe() {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) < 0)
        throw_errno(errno, "make a pipe");
    return {UniqueFd(ends[0]), UniqueFd(ends[1])};
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
    std::vector<char*> result;
    for (auto& text : texts)
        result.push_back(text.data());
    result.push_back(nullptr);
    return result;
}

pid_t spawn(std::vector<std::string> arguments, std::vector<std::string> environment, std::array<int, 3> streams) {
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    for (int i = 0; i < 3; ++i)
        posix_spawn_file_actions_adddup2(&actions, streams[static_cast<std::size_t>(i)], i);
    pid_t pid = -1;
    const int error = posix_spawn(&pid, arguments.front().c_str(), &actions, nullptr, pointers(arguments).data(),
                                  pointers(environment).data());
    posix_spawn_file_actions_destroy(&actions);
    if (error != 0)
        throw_errno(error, "start " + arguments.front());
    return pid;
}

// False once the writers are gone.
bool read_some(int fd, std::string& text) {
    std::array<char, 16384> chunk;
    const auto n = read(fd, chunk.data(), chunk.size());
    if (n > 0)
        text.append(chunk.data(), static_cast<std::size_t>(n));
    return n > 0;
}

void collect(pid_t pid, const UniqueFd& output, const UniqueFd& errors, ProgramResult& result) {
    const auto deadline = Clock::now() + kPatience;
    std::array<pollfd, 2> fds{pollfd{output.get(), POLLIN, 0}, pollfd{errors.get(), POLLIN, 0}};
    while (fds[0].fd >= 0 || fds[1].fd >= 0) {
        const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now());
        if (left.count() <= 0 || poll(fds.data(), fds.size(), static_cast<int>(left.count())) <= 0) {
            ADD_FAILURE() << "the program, or a child of it, did not end";
            kill(pid, SIGKILL);
            return;
        }
        if (fds[0].revents != 0 && !read_some(output.get(), result.output))
            fds[0].fd = -1;
        if (fds[1].revents != 0 && !read_some(errors.get(), result.errors))
            fds[1].fd = -1;
    }
}

} // namespace

ProgramResult run_program(const std::string& path, const std::vector<std::string>& arguments,
                          const std::vector<std::string>& environment, const UniqueFd& input) {
    auto output = make_pipe();
    auto errors = make_pipe();
    std::vector<std::string> all{path};
    all.insert(all.end(), arguments.begin(), arguments.end());
    const auto pid = spawn(all, environment, {input.get(), output.write_end.get(), errors.write_end.get()});
    output.write_end.reset();
    errors.write_end.reset();
    ProgramResult result;
    collect(pid, output.read_end, errors.read_end, result);
    int status = 0;
    waitpid(pid, &status, 0);
    result.status = WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
    return result;
}

ProgramResult run_program(const std::string& path, const std::vector<std::string>& arguments,
                          const std::vector<std::string>& environment, const std::string& input) {
    UniqueFd file(memfd_create("input", MFD_CLOEXEC));
    if (!file || write(file.get(), input.data(), input.size()) != static_cast<ssize_t>(input.size()) ||
        lseek(file.get(), 0, SEEK_SET) < 0)
        throw_errno(errno, "prepare the input of a program");
    return run_program(path, arguments, environment, file);
}

} // namespace guestkeyd::test
