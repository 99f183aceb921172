// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/hosts.h"

#include "cli/exit_status.h"
#include "cli/input_file.h"
#include "cli/session.h"

#include <algorithm>

namespace guestkeyd::cli {

namespace {

int tell(const std::exception_ptr& thrown) {
    try {
        std::rethrow_exception(thrown);
    } catch (const Failure& failure) {
        complain(failure);
        return exit_status(failure);
    }
}

} // namespace

std::vector<RemoteHost> remote_hosts(const Options& options) {
    std::vector<RemoteHost> hosts;
    for (const auto& address : options.hosts)
        if (std::none_of(hosts.begin(), hosts.end(), [&](const auto& host) { return host.address == address; }))
            hosts.push_back({address});
    return hosts;
}

RemoteHost only_host(const Options& options) {
    auto hosts = remote_hosts(options);
    if (hosts.size() != 1)
        throw Failure(ErrorCode::InvalidArgs, "that is for one host at a time; give one with -H");
    if (options.recipient)
        hosts.front().fingerprints = {certificate_fingerprint(read_input(*options.recipient, kCertificate))};
    return hosts.front();
}

std::string host_name(const Options& options) {
    return options.hosts.empty() ? "" : options.hosts.front();
}

void require_host_for_recipient(const Options& options) {
    if (options.recipient && options.hosts.empty())
        throw Failure(ErrorCode::InvalidArgs, "keys are sealed to --recipient for another host only; name that with "
                                              "-H, or use seal");
}

int at_hosts(const Options& options, const std::function<void(std::size_t host, Client& agent)>& call) {
    const auto hosts = remote_hosts(options);
    if (hosts.size() <= 1) {
        Session agent(options);
        call(0, *agent);
        return kDone;
    }
    int first = kDone;
    // Several ssh that ask for passwords at one terminal would be in each other's way.
    for (const auto& thrown : at_each_host(hosts, Interaction::Forbidden, call)) {
        const int status = thrown ? tell(thrown) : kDone;
        first = first == kDone ? status : first;
    }
    return first;
}

JsonValue with_host(const std::string& host, const JsonValue& object) {
    if (host.empty())
        return object;
    JsonValue json{{"host", host}};
    json.update(object);
    return json;
}

Table::Row header_with_host(const Options& options, Table::Row header) {
    return row_with_host(options.hosts.empty() ? "" : "HOST", std::move(header));
}

Table::Row row_with_host(const std::string& host, Table::Row row) {
    if (!host.empty())
        row.insert(row.begin(), host);
    return row;
}

} // namespace guestkeyd::cli
