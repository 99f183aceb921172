// SPDX-License-Identifier: LGPL-2.1-or-later
#include "vm/guest_agent.h"

#include "base/error.h"

#include <openssl/evp.h>

namespace guestkeyd::test {

namespace {

using nlohmann::json;

// Between two looks at a command: the agent does not say when it has ended.
constexpr std::chrono::milliseconds kInterval{20};

std::string encoded(const std::string& text) {
    std::string result(4 * (text.size() / 3 + 1) + 1, '\0');
    const auto* const bytes = reinterpret_cast<const unsigned char*>(text.data());
    const int size =
        EVP_EncodeBlock(reinterpret_cast<unsigned char*>(result.data()), bytes, static_cast<int>(text.size()));
    result.resize(static_cast<std::size_t>(size));
    return result;
}

// Of a member of the answer, which is missing if there was no output.
std::string decoded(const json& answer, const char* member) {
    const auto text = answer.value(member, "");
    if (text.empty())
        return {};
    std::string result(text.size(), '\0');
    const auto* const bytes = reinterpret_cast<const unsigned char*>(text.data());
    const int size =
        EVP_DecodeBlock(reinterpret_cast<unsigned char*>(result.data()), bytes, static_cast<int>(text.size()));
    if (size < 0)
        throw Failure(ErrorCode::Internal, "the guest agent's output is no base64");
    const auto padding = text.size() - text.find_last_not_of('=') - 1;
    result.resize(static_cast<std::size_t>(size) - padding);
    return result;
}

json bash(const std::string& script, bool with_output) {
    return {{"path", "/bin/bash"},
            {"arg", {"-c", script}},
            {"env", {"HOME=/root", "LANG=C.UTF-8", "PATH=/usr/sbin:/usr/bin:/sbin:/bin"}},
            {"capture-output", with_output}};
}

} // namespace

Finished GuestAgent::run(const std::string& script, const std::string& input, std::chrono::milliseconds patience) {
    auto arguments = bash(script, true);
    if (!input.empty())
        arguments["input-data"] = encoded(input);
    const auto pid = channel_.call("guest-exec", arguments)["pid"];
    json answer;
    if (!wait_until(
            [&] {
                answer = channel_.call("guest-exec-status", {{"pid", pid}});
                return answer["exited"].get<bool>();
            },
            patience, kInterval))
        throw Failure(ErrorCode::Internal, "this did not end in time: " + script);
    const int status = answer.contains("signal") ? 128 + answer["signal"].get<int>() : answer.value("exitcode", -1);
    return {status, decoded(answer, "out-data"), decoded(answer, "err-data")};
}

void GuestAgent::start(const std::string& script) {
    channel_.call("guest-exec", bash(script, false));
}

} // namespace guestkeyd::test
