// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "agent_proxy.h"

#include <memory>
#include <sdbus-c++/sdbus-c++.h>

namespace guestkeyd {

class Client::Connection {
  public:
    explicit Connection(Interaction interaction);

    std::unique_ptr<sdbus::IConnection> bus;
    AgentProxy agent;
};

} // namespace guestkeyd
