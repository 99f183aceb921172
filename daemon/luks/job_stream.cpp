// SPDX-License-Identifier: LGPL-2.1-or-later
#include "luks/job_stream.h"

#include "base/error.h"
#include "base/text.h"
#include "luks/volume.h"

#include <cerrno>
#include <csignal>
#include <poll.h>
#include <unistd.h>

namespace guestkeyd {

namespace {

constexpr std::size_t kMaxInput = kMaxJobSpec + 2 * (kMaxKey + 1) + kCancelRequest.size();
constexpr auto kProgressEvery = std::chrono::milliseconds(250);

volatile std::sig_atomic_t terminated = 0;

void on_terminate(int) {
    terminated = 1;
}

bool ready(int fd, short events) {
    pollfd poll_fd{fd, events, 0};
    return poll(&poll_fd, 1, 0) > 0;
}

void check_key(std::string_view key) {
    if (key.empty())
        throw Failure(ErrorCode::InvalidArgs, "a key is empty; pass one key a line");
    if (key.size() > kMaxKey)
        throw Failure(ErrorCode::InvalidArgs, "a key is longer than " + std::to_string(kMaxKey) + " bytes");
    if (key.find('\0') != std::string_view::npos || !is_utf8(key))
        throw Failure(ErrorCode::InvalidArgs,
                      "a key is not UTF-8 without NUL bytes, which QEMU would refuse; pass keys as text, like base64");
}

} // namespace

JobStream::JobStream() : input_(kMaxInput), from_agent_(STDIN_FILENO), to_agent_(STDOUT_FILENO) {
    struct sigaction action {};
    action.sa_handler = on_terminate;
    sigaction(SIGTERM, &action, nullptr);
    action.sa_handler = SIG_IGN;
    sigaction(SIGPIPE, &action, nullptr);
}

void JobStream::read_more() {
    const auto room = input_.room();
    if (room.empty())
        throw Failure(ErrorCode::Internal, "the job is longer than a job can be");
    const auto n = read(STDIN_FILENO, room.data(), room.size());
    if (n > 0)
        return input_.grow(static_cast<std::size_t>(n));
    if (n == 0)
        throw Failure(ErrorCode::Cancelled, "the job ended before it was told whole");
    if (errno != EINTR)
        throw_errno(errno, "read the job");
}

JobSpec JobStream::read_spec() {
    constexpr std::string_view kEnd = "\n\n";
    auto end = input_.view().find(kEnd);
    for (; end == std::string_view::npos; end = input_.view().find(kEnd)) {
        if (input_.size() > kMaxJobSpec)
            break;
        read_more();
    }
    taken_ = end == std::string_view::npos ? input_.size() : end + kEnd.size();
    return decode_job_spec(input_.view().substr(0, taken_));
}

std::vector<std::string_view> JobStream::read_keys(const JobSpec& spec) {
    std::vector<std::string_view> keys;
    while (keys.size() < key_count(spec.operation)) {
        const auto rest = input_.view().substr(taken_);
        const auto end = rest.find('\n');
        if (end == std::string_view::npos) {
            read_more();
            continue;
        }
        check_key(rest.substr(0, end));
        keys.push_back(rest.substr(0, end));
        taken_ += end + 1;
    }
    return keys;
}

void JobStream::outlive_agents(const JobSpec& spec, const std::string& device) {
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    const auto microseconds = std::chrono::duration_cast<std::chrono::microseconds>(now).count();
    const auto& name = spec.name.empty() ? spec.path : spec.name;
    socket_ = std::make_unique<AgentSocket>(spec.folder, device,
                                            OnlineJob{spec.caller, static_cast<std::uint64_t>(microseconds), name});
    title_ = volume_title(name);
}

void JobStream::meet_agent() {
    auto agent = socket_->accept();
    if (!agent)
        return;
    later_agent_ = std::move(agent);
    from_agent_ = to_agent_ = later_agent_.get();
    report(JobStarted{getpid()});
}

void JobStream::lose_agent() {
    if (!socket_)
        cancelled_ = true;
    from_agent_ = to_agent_ = -1;
}

bool JobStream::cancel_requested() {
    if (socket_)
        meet_agent();
    if (terminated != 0 || input_.size() > taken_)
        cancelled_ = true;
    if (cancelled_ || from_agent_ < 0 || !ready(from_agent_, POLLIN))
        return cancelled_;
    // The only thing that can come is kCancelRequest, or the end.
    char byte = 0;
    if (read(from_agent_, &byte, sizeof byte) > 0)
        cancelled_ = true;
    else
        lose_agent();
    return cancelled_;
}

void JobStream::report(const JobReport& report) {
    const bool lasts = !std::holds_alternative<JobStarted>(report) && !std::holds_alternative<JobProgress>(report);
    if (socket_ && lasts)
        meet_agent();
    const auto line = encode_job_report(report);
    std::string_view rest = line;
    while (!rest.empty() && to_agent_ >= 0) {
        const auto n = write(to_agent_, rest.data(), rest.size());
        if (n < 0 && errno != EINTR) // the agent has gone
            lose_agent();
        if (n > 0)
            rest.remove_prefix(static_cast<std::size_t>(n));
    }
    if (rest.empty() || !socket_ || !lasts)
        return;
    const auto entry = title_ + ", without an agent to tell: " + line;
    [[maybe_unused]] const auto written = write(STDERR_FILENO, entry.data(), entry.size());
}

void JobStream::progress(std::uint64_t done, std::uint64_t total) {
    const auto now = std::chrono::steady_clock::now();
    if (now - last_progress_ < kProgressEvery || to_agent_ < 0 || !ready(to_agent_, POLLOUT))
        return;
    last_progress_ = now;
    report(JobProgress{done, total});
}

void throw_if_cancelled(JobStream& stream, std::string_view stays) {
    if (stream.cancel_requested())
        throw Failure(ErrorCode::Cancelled, "cancelled; " + std::string(stays));
}

} // namespace guestkeyd
