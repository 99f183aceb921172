// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "base/id.h"
#include "loop/event_loop.h"
#include "loop/timer.h"

#include <chrono>
#include <map>
#include <memory>
#include <set>

namespace guestkeyd {

class Libvirt;
class Lifecycle;

// Makes good what no event has told of. A guest is in doubt when its hook says that it has ended, or when libvirt lists
// it otherwise than it is known here, for which its guests are listed from time to time. Usually the event is on its
// way, and says more than can be seen; when none has come some seconds later, the guest is looked at.
class LostEvents {
  public:
    LostEvents(EventLoop& loop, Libvirt& libvirt, Lifecycle& lifecycle, std::chrono::seconds interval);

    void doubt(GuestId guest);
    // An event has told of the guest.
    void settle(GuestId guest);

  private:
    void compare();
    void look_at(GuestId guest);

    EventLoop& loop_;
    Libvirt& libvirt_;
    Lifecycle& lifecycle_;
    const std::chrono::seconds interval_;
    Timer next_;
    std::map<GuestId, std::unique_ptr<Timer>> in_doubt_;
    std::set<GuestId> looked_at_; // libvirt has not answered yet
};

} // namespace guestkeyd
