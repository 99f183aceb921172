// SPDX-License-Identifier: LGPL-2.1-or-later
#include "support/process.h"

#include "base/error.h"
#include "support/temp_dir.h"

#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>
#include <utility>

extern char** environ;

namespace guestkeyd::test {

namespace {

std::vector<char*> pointers_to(std::vector<std::string>& texts) {
    std::vector<char*> pointers;
    pointers.reserve(texts.size() + 1);
    for (auto& text : texts)
        pointers.push_back(text.data());
    pointers.push_back(nullptr);
    return pointers;
}

std::vector<std::string> with_ours(const Environment& environment) {
    std::vector<std::string> all;
    for (char** each = environ; *each; ++each) {
        const std::string entry(*each);
        if (!environment.contains(entry.substr(0, entry.find('='))))
            all.push_back(entry);
    }
    for (const auto& [name, value] : environment)
        all.emplace_back(name).append("=").append(value);
    return all;
}

bool redirect(int fd, const char* file, int flags) {
    const int opened = open(file, flags, 0644);
    return opened >= 0 && dup2(opened, fd) == fd && (opened == fd || close(opened) == 0);
}

// Between fork and exec, in a process that may have had several threads: only system calls.
[[noreturn]] void become(char* const* arguments, char* const* environment, const char* output, const char* error,
                         const std::vector<int>& descriptors) {
    constexpr int kFailed = 127;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    for (const int fd : descriptors)
        fcntl(fd, F_SETFD, 0);
    if (!redirect(STDIN_FILENO, "/dev/null", O_RDONLY) ||
        !redirect(STDOUT_FILENO, output, O_WRONLY | O_CREAT | O_APPEND) ||
        !redirect(STDERR_FILENO, error, O_WRONLY | O_CREAT | O_APPEND))
        _exit(kFailed);
    execvpe(arguments[0], arguments, environment);
    _exit(kFailed);
}

std::string file_or_null(const std::filesystem::path& file) {
    return file.empty() ? "/dev/null" : file.string();
}

} // namespace

Process::Process(const Command& command) {
    auto arguments = command.arguments;
    auto environment = with_ours(command.environment);
    const auto argv = pointers_to(arguments);
    const auto envp = pointers_to(environment);
    const auto output = file_or_null(command.output);
    const auto error = file_or_null(command.error);
    pid_ = fork();
    if (pid_ < 0)
        throw_errno(errno, "start " + arguments.front());
    if (pid_ == 0)
        become(argv.data(), envp.data(), output.c_str(), error.c_str(), command.descriptors);
}

Process::Process(Process&& other) noexcept : pid_(std::exchange(other.pid_, -1)), status_(other.status_) {}

Process& Process::operator=(Process&& other) noexcept {
    std::swap(pid_, other.pid_);
    std::swap(status_, other.status_);
    return *this;
}

Process::~Process() {
    if (!running())
        return;
    ::kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
}

bool Process::running() {
    if (pid_ < 0 || status_)
        return false;
    int raw = 0;
    if (waitpid(pid_, &raw, WNOHANG) != pid_)
        return true;
    status_ = WIFEXITED(raw) ? WEXITSTATUS(raw) : 128 + WTERMSIG(raw);
    return false;
}

void Process::signal(int number) const {
    if (pid_ > 0 && !status_)
        ::kill(pid_, number);
}

int Process::wait(std::chrono::milliseconds patience) {
    if (!wait_until([this] { return !running(); }, patience))
        throw Failure(ErrorCode::Internal, "process " + std::to_string(pid_) + " did not end in time");
    return status_.value_or(0);
}

int Process::end(int signal_number) {
    signal(signal_number);
    return wait();
}

Finished run(std::vector<std::string> arguments, const Environment& environment) {
    const TempDir dir;
    Process process({std::move(arguments), environment, dir / "output", dir / "error"});
    const int status = process.wait();
    return {status, read_file(dir / "output"), read_file(dir / "error")};
}

} // namespace guestkeyd::test
