// SPDX-License-Identifier: LGPL-2.1-or-later
#include "ssh_failure.h"

#include "base/id.h"
#include "guestkeyd/unreachable.h"

#include <array>
#include <string_view>
#include <sys/wait.h>
#include <system_error>

namespace guestkeyd {

namespace {

constexpr int kNotFound = 127; // of the shell there

// ssh(1) is not translated.
struct Symptom {
    std::string_view text; // in what ssh says
    ErrorCode code;
    std::string_view sentence; // "@HOST": for ssh, "@NAME": for ssh-keygen
};

constexpr std::array kSymptoms{
    Symptom{
        "REMOTE HOST IDENTIFICATION HAS CHANGED", ErrorCode::NotTrusted,
        "its host key is not the one that ssh knows it by, so this may be another machine; find out why, and if the "
        "key was replaced, forget the old one with: ssh-keygen -R @NAME"},
    Symptom{"Host key verification failed", ErrorCode::NotTrusted,
            "ssh does not know its host key yet; compare it and accept it once, with: ssh @HOST true"},
    Symptom{"Permission denied", ErrorCode::Internal,
            "ssh was not let in; give that user your key with ssh-copy-id, or your key to ssh-agent with ssh-add, and "
            "try: ssh @HOST true"},
    Symptom{"Too many authentication failures", ErrorCode::Internal,
            "ssh was not let in; name the right key in ssh_config with IdentityFile and IdentitiesOnly"},
    Symptom{"Could not resolve hostname", ErrorCode::Internal, "no such host is known; correct its name"},
    Symptom{"Connection refused", ErrorCode::Internal,
            "nothing answers ssh there; start sshd on that host, or correct the port"},
    Symptom{"No route to host", ErrorCode::Internal, "there is no way to it; see whether it is up"},
    Symptom{"Network is unreachable", ErrorCode::Internal, "there is no way to it; see whether the network is up"},
    Symptom{"timed out", ErrorCode::Internal, "it does not answer; see whether it is up"},
    Symptom{"not responding", ErrorCode::Internal, "it ceased to answer; see whether it is up"},
};

std::string with_host(std::string_view sentence, const RemoteAddress& address) {
    const auto target = (address.port.empty() ? "" : "-p " + address.port + " ") +
                        (address.user.empty() ? "" : address.user + "@") + address.host;
    const auto name = address.port.empty() ? address.host : "'[" + address.host + "]:" + address.port + "'";
    std::string text(sentence);
    for (const auto& [mark, value] : {std::pair{"@HOST", target}, std::pair{"@NAME", name}})
        if (const auto found = text.find(mark); found != std::string::npos)
            text.replace(found, 5, value);
    return text;
}

// Fit to stand in a message: it may come from the other host.
std::string last_line(const std::string& text) {
    const auto end = text.find_last_not_of("\r\n");
    if (end == std::string::npos)
        return "it says nothing";
    const auto start = text.find_last_of("\r\n", end);
    return quoted(std::string_view(text).substr(start == std::string::npos ? 0 : start + 1, end - start));
}

} // namespace

void throw_ssh_failure(const SshEnd& end, const RemoteAddress& address, std::chrono::seconds limit) {
    if (end.error != 0)
        throw Unreachable("ssh cannot be started (" + std::generic_category().message(end.error) +
                          "); install openssh-client");
    for (const auto& [text, code, sentence] : kSymptoms) {
        if (end.complaint.find(text) == std::string::npos)
            continue;
        if (code == ErrorCode::Internal)
            throw Unreachable(with_host(sentence, address));
        throw Failure(code, with_host(sentence, address));
    }
    if (end.out_of_time)
        throw Unreachable("it did not answer within " + std::to_string(limit.count()) +
                          " s; see whether it is up, and not overloaded");
    if (WIFEXITED(end.status) && WEXITSTATUS(end.status) == kNotFound)
        throw Unreachable("there is no systemd-stdio-bridge in the PATH of that user; install systemd, or log in as "
                          "another user");
    throw Unreachable("there is no way to its system bus: " + last_line(end.complaint) +
                      with_host("; try: ssh @HOST systemctl status dbus", address));
}

} // namespace guestkeyd
