// SPDX-License-Identifier: LGPL-2.1-or-later
#include "vm/json_channel.h"

#include "base/error.h"

#include <cerrno>
#include <poll.h>
#include <sys/socket.h>

namespace guestkeyd::test {

namespace {

using Clock = std::chrono::steady_clock;

int milliseconds_until(Clock::time_point deadline) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now());
    return static_cast<int>(std::max<std::int64_t>(left.count(), 0));
}

} // namespace

nlohmann::json JsonChannel::call(const std::string& command, const nlohmann::json& arguments,
                                 std::chrono::milliseconds patience) {
    const auto deadline = Clock::now() + patience;
    send(nlohmann::json{{"execute", command}, {"arguments", arguments}}.dump() + "\n");
    while (true) { // past greetings and events
        const auto answer = nlohmann::json::parse(line(deadline));
        if (answer.contains("error"))
            throw Failure(ErrorCode::Internal, command + " failed: " + answer["error"].dump());
        if (answer.contains("return"))
            return answer["return"];
    }
}

void JsonChannel::send(std::string_view text) const {
    while (!text.empty()) {
        const auto sent = ::send(socket_.get(), text.data(), text.size(), MSG_NOSIGNAL);
        if (sent < 0)
            throw_errno(errno, "speak to QEMU");
        text.remove_prefix(static_cast<std::size_t>(sent));
    }
}

std::string JsonChannel::line(Clock::time_point deadline) {
    std::size_t end = 0;
    while ((end = received_.find('\n')) == std::string::npos) {
        pollfd readable{socket_.get(), POLLIN, 0};
        if (poll(&readable, 1, milliseconds_until(deadline)) == 0)
            throw Failure(ErrorCode::Internal, "QEMU, or the guest agent in it, did not answer in time");
        char some[65536];
        const auto count = read(socket_.get(), some, sizeof some);
        if (count <= 0)
            throw Failure(ErrorCode::Internal, "QEMU ended");
        received_.append(some, static_cast<std::size_t>(count));
    }
    auto first = received_.substr(0, end);
    received_.erase(0, end + 1);
    return first;
}

} // namespace guestkeyd::test
