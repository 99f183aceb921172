// SPDX-License-Identifier: LGPL-2.1-or-later
#include "connection.h"

#include "bus_errors.h"
#include "guestkeyd/unreachable.h"
#include "sealing/trust.h"
#include "ssh_failure.h"

#include <algorithm>

namespace guestkeyd {

namespace {

// In microseconds. Longer than the agent waits for polkit and polkit for a human, and than a worker may try a key: only
// a dead agent is given up on.
constexpr std::uint64_t kCallTimeout = 150'000'000;

// sdbus-c++ says "Failed to do this (reason)".
std::string reason_of(const sdbus::Error& error) {
    const auto& message = error.getMessage();
    const auto open = message.find('(');
    const auto close = message.rfind(')');
    return open < close && close != std::string::npos ? message.substr(open + 1, close - open - 1) : message;
}

[[noreturn]] void throw_named(const std::string& host, const Failure& failure) {
    const auto message = host + ": " + failure.message();
    if (dynamic_cast<const Unreachable*>(&failure))
        throw Unreachable(message);
    throw Failure(failure.code(), message);
}

std::unique_ptr<sdbus::IConnection> connect() {
    try {
        auto connection = sdbus::createSystemBusConnection();
        connection->setMethodCallTimeout(kCallTimeout);
        return connection;
    } catch (const sdbus::Error& error) {
        throw Unreachable("cannot connect to the system bus: " + reason_of(error) +
                          "; start it with: systemctl start dbus");
    }
}

std::unique_ptr<sdbus::IConnection> connect(Remote& remote) {
    try {
        auto connection = sdbus::createSessionBusConnectionWithAddress(remote.ssh.bus_address());
        remote.ssh.arrived();
        connection->setMethodCallTimeout(
            static_cast<std::uint64_t>(std::chrono::microseconds(remote.host.time_limit).count()));
        return connection;
    } catch (const sdbus::Error&) {
        try {
            throw_ssh_failure(remote.ssh.end(), remote.address, remote.host.time_limit);
        } catch (const Failure& failure) {
            throw_named(remote.host.address, failure);
        }
    }
}

std::vector<std::string> ssh_arguments(const RemoteAddress& address, std::chrono::seconds limit,
                                       Interaction interaction) {
    const auto seconds = std::to_string(limit.count());
    std::vector<std::string> arguments{"ssh", "-xT", "-oConnectTimeout=" + seconds, "-oServerAliveInterval=10",
                                       "-oServerAliveCountMax=3"};
    if (interaction == Interaction::Forbidden)
        arguments.emplace_back("-oBatchMode=yes");
    if (!address.port.empty())
        arguments.insert(arguments.end(), {"-p", address.port});
    if (!address.user.empty())
        arguments.insert(arguments.end(), {"-l", address.user});
    arguments.insert(arguments.end(), {"--", address.host, "systemd-stdio-bridge"});
    return arguments;
}

} // namespace

Remote::Remote(const RemoteHost& where, Interaction interaction)
    : host(where), address(parse_remote_address(where.address)),
      ssh(ssh_arguments(address, where.time_limit, interaction), where.time_limit) {}

Client::Connection::Connection(Interaction interaction) : bus(connect()), agent(*bus, interaction) {}

// No password agent reaches the session there, so polkit is not to look for one.
Client::Connection::Connection(const RemoteHost& host, Interaction interaction)
    : remote_(std::make_unique<Remote>(host, interaction)), bus(connect(*remote_)),
      agent(*bus, Interaction::Forbidden) {}

Client::Connection::Patience::Patience(Connection& connection)
    : bus_(*connection.bus), before_(bus_.getMethodCallTimeout()) {
    bus_.setMethodCallTimeout(std::max(before_, kCallTimeout));
}

Client::Connection::Patience::~Patience() {
    bus_.setMethodCallTimeout(before_);
}

std::string Client::Connection::recipient() {
    auto certificate = agent.GetHostCertificate();
    if (!remote_ || (remote_->host.fingerprints.empty() && remote_->host.authorities.empty()))
        return certificate;
    try {
        require_trusted(certificate, {remote_->host.authorities, remote_->host.fingerprints});
    } catch (const Failure& failure) {
        if (failure.code() != ErrorCode::NotTrusted)
            throw;
        throw Failure(ErrorCode::NotTrusted, "its certificate is not the one that is expected of it, so nothing was "
                                             "sealed to it; its SHA-256 fingerprint is " +
                                                 certificate_fingerprint(certificate) +
                                                 ": compare that on the host, with guestkeyctl cert | openssl x509 "
                                                 "-noout -fingerprint -sha256");
    }
    return certificate;
}

void Client::Connection::fail(const sdbus::Error& error) {
    if (remote_ && is_lost_connection(error))
        throw_ssh_failure(remote_->ssh.end(), remote_->address, remote_->host.time_limit);
    throw_failure(error);
}

void Client::Connection::complain(const Failure& failure) const {
    if (!remote_)
        throw;
    throw_named(remote_->host.address, failure);
}

} // namespace guestkeyd
