// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "agent/guest.h"
#include "base/id.h"
#include "bus/gate.h"
#include "bus/raw_bus.h"
#include "loop/event_loop.h"

#include <set>

namespace guestkeyd {

class Agent;

// The objects org.guestkeyd1.Guest. They are not kept: one table serves every path below the prefix and looks the guest
// up, since an object of sdbus-c++ for each would take many times the memory of the guest itself.
class GuestObjects {
  public:
    GuestObjects(EventLoop& loop, sd_bus* bus, Agent& agent, const Gate& gate);

    void emit_added(GuestId guest);
    // Collected and sent once in a turn of the loop.
    void emit_changed(GuestId guest);
    void emit_removed(GuestId guest);

  private:
    struct Vtable;

    void emit_pending_changes();
    void renew_lease(sd_bus_message* call);
    std::uint32_t purge(sd_bus_message* call);

    EventLoop& loop_;
    sd_bus* bus_;
    Agent& agent_;
    const Gate& gate_;
    std::set<GuestId> changed_;
    SlotRef vtable_slot_;
    SlotRef enumerator_slot_;
    SlotRef manager_slot_;
};

} // namespace guestkeyd
