// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "agent/agent.h"
#include "bus/raw_bus.h"

namespace guestkeyd {

// The option force of an a{sv} at the message's place; InvalidArgs for any other option.
Force read_force(sd_bus_message* call);

// InvalidArgs if there is any option.
void refuse_options(sd_bus_message* call);

} // namespace guestkeyd
