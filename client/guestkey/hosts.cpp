// SPDX-License-Identifier: LGPL-2.1-or-later
#include "guestkey/hosts.h"

#include "base/error.h"
#include "cli/exit_status.h"
#include "cli/json.h"
#include "cli/table.h"
#include "guestkey/store.h"
#include "guestkeyd/remote.h"
#include "guestkeyd/unreachable.h"

#include <iostream>
#include <unistd.h>

namespace guestkeyd::guestkey {

namespace {

struct Seen {
    std::string state = "up";
    Status status{};
};

Seen look_at(const keydb::HostRecord& host) {
    Seen seen;
    try {
        const auto agent = connect_agent(host);
        seen.status = agent->status();
        if (host.authority.empty() && agent->host_certificate() != host.certificate)
            seen.state = "certificate changed";
        else if (!seen.status.libvirt_connected)
            seen.state = "no libvirt";
    } catch (const Failure& failure) {
        seen.state = "down: " + failure.message();
    }
    return seen;
}

// "qemu+ssh://root@virt1:22/system?..." is reached as "root@virt1:22"; with no host in it, it is this machine's.
std::string agent_by(const std::string& uri) {
    const auto slashes = uri.find("://");
    if (slashes == std::string::npos)
        throw Failure(ErrorCode::InvalidArgs, quoted(uri) + " is no URI of libvirt; give one like qemu:///system or "
                                                            "qemu+ssh://root@virt1/system");
    const auto rest = uri.substr(slashes + 3);
    return rest.substr(0, rest.find('/'));
}

std::string fingerprint_line(const std::string& host, const std::string& certificate) {
    return "host " + host + " has the certificate with the SHA-256 fingerprint\n" +
           certificate_fingerprint(certificate) + '\n';
}

} // namespace

std::unique_ptr<Client> connect_agent(const keydb::HostRecord& host) {
    const auto interaction = isatty(STDIN_FILENO) != 0 ? Interaction::Allowed : Interaction::Forbidden;
    if (host.agent.empty())
        return std::make_unique<Client>(interaction);
    RemoteHost remote{host.agent};
    if (!host.authority.empty())
        remote.authorities = host.authority;
    else if (!host.certificate.empty())
        remote.fingerprints = {certificate_fingerprint(host.certificate)};
    return std::make_unique<Client>(remote, interaction);
}

void at_every_host(keydb::KeyDatabase& database, const std::function<void(const keydb::HostRecord&, Client&)>& call) {
    for (const auto& host : database.hosts()) {
        try {
            const auto agent = connect_agent(host);
            call(host, *agent);
        } catch (const Unreachable& failure) {
            throw Unreachable("host " + quoted(host.name) + ": " + failure.message());
        } catch (const Failure& failure) {
            throw Failure(failure.code(), "host " + quoted(host.name) + ": " + failure.message());
        }
    }
}

int add_host(const Invocation& invocation) {
    auto database = open_database(invocation);
    keydb::HostRecord host;
    host.name = invocation.operands[0];
    host.uri = invocation.operands[1];
    host.agent = invocation.maybe_text("agent").value_or(agent_by(host.uri));
    if (const auto authority = invocation.maybe_text("ca"))
        host.authority = std::filesystem::absolute(*authority);
    Hypervisor libvirt(host.uri); // it is one
    const auto agent = connect_agent(host);
    host.certificate = agent->host_certificate();
    host.boot = agent->status().boot_id;
    database.add_host(host);
    if (!invocation.output.quiet)
        std::cout << "host " << host.name << " added\n" << fingerprint_line(host.name, host.certificate);
    return cli::kDone;
}

int trust_host(const Invocation& invocation) {
    auto database = open_database(invocation);
    auto host = database.host(invocation.operands.front());
    host.certificate.clear();
    const auto certificate = connect_agent(host)->host_certificate();
    database.set_certificate(host.name, certificate);
    if (!invocation.output.quiet)
        std::cout << fingerprint_line(host.name, certificate);
    return cli::kDone;
}

int list_hosts(const Invocation& invocation) {
    auto database = open_database(invocation);
    const auto hosts = database.hosts();
    cli::Table table({"HOST", "STATE", "VERSION", "GUESTS", "KEYS", "URI"});
    auto json = cli::JsonValue::array();
    for (const auto& host : hosts) {
        const auto [state, status] = look_at(host);
        table.add(
            {host.name, state, status.version, std::to_string(status.guests), std::to_string(status.keys), host.uri});
        json.push_back({{"name", host.name},
                        {"state", state},
                        {"version", status.version},
                        {"guests", status.guests},
                        {"keys", status.keys},
                        {"uri", host.uri}});
    }
    if (invocation.output.json != cli::Json::Off)
        cli::print_json(json, invocation.output.json);
    else if (!hosts.empty())
        table.print(std::cout, invocation.output.legend);
    else if (invocation.output.legend)
        std::cout << "No hosts; add one with: guestkey host add NAME URI\n";
    return cli::kDone;
}

int remove_host(const Invocation& invocation) {
    open_database(invocation).remove_host(invocation.operands.front());
    if (!invocation.output.quiet)
        std::cout << "host " << invocation.operands.front() << " removed\n";
    return cli::kDone;
}

} // namespace guestkeyd::guestkey
