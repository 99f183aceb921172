// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "cli/hosts.h"
#include "cli/options.h"
#include "cli/password_agent.h"
#include "guestkeyd/client.h"

#include <optional>

namespace guestkeyd::cli {

// What a verb needs to talk to the agent: the connection, and someone to ask the user for polkit's password.
class Session {
  public:
    explicit Session(const Options& options) {
        const auto interaction = options.ask_password ? Interaction::Allowed : Interaction::Forbidden;
        if (!options.hosts.empty())
            client_.emplace(only_host(options), interaction); // polkit there reaches nobody; ssh here may ask
        else
            client_.emplace(interaction);
        if (options.ask_password && options.hosts.empty())
            password_agent_.emplace();
    }

    Client& operator*() { return *client_; }
    Client* operator->() { return &*client_; }

  private:
    std::optional<Client> client_;
    std::optional<PasswordAgent> password_agent_;
};

} // namespace guestkeyd::cli
