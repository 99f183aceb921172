// SPDX-License-Identifier: LGPL-2.1-or-later
#include "support/volume_worker.h"

#include "base/error.h"

#include <array>
#include <cerrno>
#include <csignal>
#include <gtest/gtest.h>
#include <poll.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

namespace guestkeyd::test {

namespace {

std::string text_of(const JobSpec& spec, const Keys& keys) {
    auto text = encode_job_spec(spec);
    for (const auto& key : keys)
        text += key + "\n";
    return text;
}

} // namespace

VolumeWorker::VolumeWorker(const JobSpec& spec, const Keys& keys, const std::vector<std::string>& tracer) {
    start(text_of(spec, keys), tracer);
}

void VolumeWorker::start(const std::string& input, std::vector<std::string> tracer) {
    std::array<int, 2> ends{};
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) < 0)
        throw_errno(errno, "make a socket pair");
    stream_ = UniqueFd(ends[0]);
    const UniqueFd theirs(ends[1]);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, theirs.get(), STDIN_FILENO);
    posix_spawn_file_actions_adddup2(&actions, theirs.get(), STDOUT_FILENO);
    tracer.emplace_back(VOLUME_WORKER_PROGRAM);
    std::vector<char*> arguments;
    for (auto& argument : tracer)
        arguments.push_back(argument.data());
    arguments.push_back(nullptr);
    std::array<char*, 1> environment{nullptr};
    const int error = posix_spawnp(&pid_, arguments[0], &actions, nullptr, arguments.data(), environment.data());
    posix_spawn_file_actions_destroy(&actions);
    if (error != 0)
        throw_errno(error, "start " + tracer.front());
    say(input);
}

VolumeWorker::~VolumeWorker() {
    kill();
}

void VolumeWorker::say(std::string_view text) {
    // A worker that has refused what it got may be gone.
    if (send(stream_.get(), text.data(), text.size(), MSG_NOSIGNAL) < 0 && errno != EPIPE && errno != ECONNRESET)
        throw_errno(errno, "talk to a worker");
}

void VolumeWorker::kill() {
    if (pid_ <= 0)
        return;
    ::kill(pid_, SIGKILL);
    waitpid(std::exchange(pid_, -1), nullptr, 0);
}

std::optional<JobReport> VolumeWorker::next(std::chrono::milliseconds patience) {
    const auto deadline = std::chrono::steady_clock::now() + patience;
    for (auto end = received_.find('\n'); end == std::string::npos; end = received_.find('\n')) {
        const auto left =
            std::chrono::duration_cast<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
        std::array<char, 4096> chunk;
        pollfd fd{stream_.get(), POLLIN, 0};
        if (left.count() <= 0 || poll(&fd, 1, static_cast<int>(left.count())) <= 0)
            return std::nullopt;
        const auto n = read(stream_.get(), chunk.data(), chunk.size());
        if (n <= 0)
            return std::nullopt;
        received_.append(chunk.data(), static_cast<std::size_t>(n));
    }
    const auto end = received_.find('\n');
    auto report = decode_job_report(std::string_view(received_).substr(0, end));
    received_.erase(0, end + 1);
    if (const auto* notice = std::get_if<JobNotice>(&report))
        notices_.push_back(*notice);
    return report;
}

std::optional<JobReport> VolumeWorker::finish() {
    // Reports can be far apart if others have the processor.
    constexpr auto kLongPatience = 5 * kPatience;
    std::optional<JobReport> last;
    while (auto report = next(kLongPatience))
        last = std::move(report);
    int status = 0;
    if (!wait_until([&] { return waitpid(pid_, &status, WNOHANG) == pid_; }))
        ADD_FAILURE() << "the worker did not end";
    else
        pid_ = -1;
    if (last && (std::holds_alternative<JobDone>(*last) || std::holds_alternative<JobFailed>(*last)))
        return last;
    ADD_FAILURE() << "the worker ended without a result, with status " << status;
    return std::nullopt;
}

JobReport do_job(const JobSpec& spec, const Keys& keys) {
    VolumeWorker worker(spec, keys);
    if (auto report = worker.finish())
        return std::move(*report);
    return JobFailed{ErrorCode::Internal, Opens::Unknown, "the worker died"};
}

} // namespace guestkeyd::test
