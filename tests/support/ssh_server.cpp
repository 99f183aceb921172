// SPDX-License-Identifier: LGPL-2.1-or-later
#include "support/ssh_server.h"

#include "base/error.h"
#include "base/unique_fd.h"

#include <arpa/inet.h>
#include <cstdlib>
#include <netinet/in.h>
#include <sys/socket.h>

namespace guestkeyd::test {

namespace {

sockaddr_in loopback(std::uint16_t port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
}

std::vector<std::uint16_t> free_ports(std::size_t count) {
    std::vector<UniqueFd> held; // until the end, or one could be found twice
    std::vector<std::uint16_t> ports;
    while (ports.size() < count) {
        held.emplace_back(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
        auto address = loopback(0);
        socklen_t length = sizeof(address);
        if (bind(held.back().get(), reinterpret_cast<sockaddr*>(&address), length) < 0 ||
            getsockname(held.back().get(), reinterpret_cast<sockaddr*>(&address), &length) < 0)
            throw_errno(errno, "find a free port");
        ports.push_back(ntohs(address.sin_port));
    }
    return ports;
}

bool accepts(std::uint16_t port) {
    const UniqueFd socket_fd(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    const auto address = loopback(port);
    return connect(socket_fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0;
}

std::string client_host(const std::string& name, std::uint16_t port, const std::string& key_name) {
    return "Host " + name + "\n    Port " + std::to_string(port) + "\n    HostKeyAlias " + key_name + "\n";
}

} // namespace

SshServer::SshServer(std::map<std::string, std::string> hosts) {
    auto ports = free_ports(hosts.size() + 1);
    for (const auto& [name, command] : hosts) {
        ports_.emplace(name, ports.back());
        ports.pop_back();
    }
    for (const auto* key : {"host-key", "other-key", "user-key"})
        make_key(key);
    configure_server(hosts);
    configure_client(ports.back());
    daemon_.emplace(command());
    const auto last = ports_.rbegin()->second;
    if (!wait_until([&] { return accepts(last) || !daemon_->running(); }) || !daemon_->running())
        throw Failure(ErrorCode::Internal, "sshd did not start: " + log());
}

std::string SshServer::bridge_to(const std::string& bus_address) {
    return "systemd-stdio-bridge --bus-path=" + bus_address;
}

std::string SshServer::path() const {
    return (dir_ / "bin").string() + ":" + std::getenv("PATH");
}

void SshServer::make_key(const char* name) const {
    run({"ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", dir_ / name});
}

void SshServer::configure_server(const std::map<std::string, std::string>& hosts) const {
    std::string text = "HostKey " + (dir_ / "host-key").string() + "\nAuthorizedKeysFile " +
                       (dir_ / "user-key.pub").string() +
                       "\nStrictModes no\nUsePAM no\nPermitRootLogin yes\nPasswordAuthentication no\n"
                       "KbdInteractiveAuthentication no\nPidFile none\n";
    for (const auto& [name, port] : ports_)
        text += "ListenAddress 127.0.0.1:" + std::to_string(port) + "\n";
    for (const auto& [name, command] : hosts)
        text += "Match LocalPort " + std::to_string(ports_.at(name)) + "\n    ForceCommand " + command + "\n";
    write_file(dir_ / "sshd_config", text);
}

void SshServer::configure_client(std::uint16_t down) const {
    const auto first = ports_.begin()->second;
    std::string text;
    for (const auto& [name, port] : ports_)
        text += client_host(name, port, "known");
    text += client_host("down", down, "known") + client_host("stranger", first, "stranger") +
            client_host("changed", first, "changed") + client_host("shut", first, "known") +
            "Host shut\n    IdentityFile none\nHost * !shut\n    IdentityFile " + (dir_ / "user-key").string() +
            "\nHost *\n    HostName 127.0.0.1\n    User root\n    IdentitiesOnly yes\n    IdentityAgent none\n"
            "    StrictHostKeyChecking yes\n    GlobalKnownHostsFile none\n    UserKnownHostsFile " +
            (dir_ / "known_hosts").string() + "\n";
    write_file(dir_ / "ssh_config", text);
    write_file(dir_ / "known_hosts",
               "known " + read_file(dir_ / "host-key.pub") + "changed " + read_file(dir_ / "other-key.pub"));
    std::filesystem::create_directory(dir_ / "bin");
    write_file(dir_ / "bin/ssh", "#!/bin/sh\nexec /usr/bin/ssh -F " + (dir_ / "ssh_config").string() + " \"$@\"\n");
    std::filesystem::permissions(dir_ / "bin/ssh", std::filesystem::perms{0755});
}

// With a folder for the process that sshd runs without privileges, without what the shell of root reads at its start,
// and no process left in the end.
Command SshServer::command() const {
    const std::string script =
        "mount -t tmpfs tmpfs /run && mount -t tmpfs tmpfs ~root && mkdir /run/sshd && exec /usr/sbin/sshd -D -e -f " +
        (dir_ / "sshd_config").string();
    return {{"unshare", "--mount", "--pid", "--fork", "--kill-child", "--", "sh", "-c", script},
            {},
            dir_ / "log",
            dir_ / "log"};
}

} // namespace guestkeyd::test
