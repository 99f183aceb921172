// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "guestkey/command_line.h"
#include "guestkey/hypervisor.h"
#include "guestkeyd/client.h"
#include "keydb/key_database.h"

#include <functional>
#include <memory>

namespace guestkeyd::guestkey {

// A connection to the agent of a host.
std::unique_ptr<Client> connect_agent(const keydb::HostRecord& host);

// The same call for each host; a host that cannot be asked throws Failure with its name in front.
void at_every_host(keydb::KeyDatabase& database,
                   const std::function<void(const keydb::HostRecord&, Client& agent)>& call);

int add_host(const Invocation& invocation);
int trust_host(const Invocation& invocation);
int list_hosts(const Invocation& invocation);
int remove_host(const Invocation& invocation);

} // namespace guestkeyd::guestkey
