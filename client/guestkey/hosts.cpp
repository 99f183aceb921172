// SPDX-License-Identifier: LGPL-2.1-or-later
#include "guestkey/hosts.h"

#include "base/error.h"
#include "cli/exit_status.h"
#include "cli/json.h"
#include "cli/table.h"
#include "guestkey/store.h"
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
        if (agent->host_certificate() != host.certificate)
            seen.state = "certificate changed";
        else if (!seen.status.libvirt_connected)
            seen.state = "no libvirt";
    } catch (const Failure& failure) {
        seen.state = "down: " + failure.message();
    }
    return seen;
}

} // namespace

std::unique_ptr<Client> connect_agent(const keydb::HostRecord&) {
    return std::make_unique<Client>(isatty(STDIN_FILENO) != 0 ? Interaction::Allowed : Interaction::Forbidden);
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
    if (host.uri.find("://") == std::string::npos || host.uri.find(":///") == std::string::npos)
        throw Failure(ErrorCode::NotSupported, "host " + quoted(host.uri) +
                                                   " is not this machine, whose agent alone can be reached yet; give a "
                                                   "URI like qemu:///system");
    Hypervisor libvirt(host.uri); // it is one
    host.certificate = connect_agent(host)->host_certificate();
    database.add_host(host);
    if (!invocation.output.quiet)
        std::cout << "host " << host.name << " added\n";
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
