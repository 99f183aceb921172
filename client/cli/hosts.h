// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "cli/json.h"
#include "cli/options.h"
#include "cli/table.h"
#include "guestkeyd/remote.h"

#include <functional>
#include <optional>
#include <type_traits>
#include <utility>

namespace guestkeyd::cli {

// The hosts given with -H, each once.
std::vector<RemoteHost> remote_hosts(const Options& options);

// The one that is given, for verbs that are for one host at a time: InvalidArgs for more.
RemoteHost only_host(const Options& options);
// Its name, as it was given; none for this host.
std::string host_name(const Options& options);

// --recipient says which certificate to seal to, which is done for other hosts only: InvalidArgs without -H.
void require_host_for_recipient(const Options& options);

// Makes the call for the agent of this host, or for those of all that are given with -H, at once. If there are several,
// what fails is told of each; returns the exit status of the first that failed.
int at_hosts(const Options& options, const std::function<void(std::size_t host, Client& agent)>& call);

// What one host says; this host has no name.
template <typename Answer> struct OfHost {
    std::string host;
    Answer answer;
};

// Answers of the hosts that give one, in their order.
template <typename Ask> auto ask_hosts(const Options& options, int& status, Ask ask) {
    using Answer = std::invoke_result_t<Ask, Client&>;
    const auto hosts = remote_hosts(options);
    std::vector<std::optional<Answer>> given(hosts.empty() ? 1 : hosts.size());
    status = at_hosts(options, [&](std::size_t host, Client& agent) { given[host] = ask(agent); });
    std::vector<OfHost<Answer>> answers;
    for (std::size_t i = 0; i < given.size(); ++i)
        if (given[i])
            answers.push_back({hosts.empty() ? "" : hosts[i].address, std::move(*given[i])});
    return answers;
}

template <typename Item> std::vector<OfHost<Item>> each_of(std::vector<OfHost<std::vector<Item>>> answers) {
    std::vector<OfHost<Item>> items;
    for (auto& [host, answer] : answers)
        for (auto& item : answer)
            items.push_back({host, std::move(item)});
    return items;
}

// With the host before all else, if it has a name.
JsonValue with_host(const std::string& host, const JsonValue& object);
// With a column for the host, if any are given.
Table::Row header_with_host(const Options& options, Table::Row header);
Table::Row row_with_host(const std::string& host, Table::Row row);

} // namespace guestkeyd::cli
