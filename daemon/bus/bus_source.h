// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "loop/event_loop.h"

namespace sdbus {
class IConnection;
}

namespace guestkeyd {

// Serves a connection on the loop. sdbus-c++ 1.2 cannot do that itself, but tells what to poll for. When the bus goes
// away, the loop ends with an error.
class BusSource {
  public:
    BusSource(EventLoop& loop, sdbus::IConnection& connection);

  private:
    static int on_prepare(sd_event_source*, void* self);
    static int on_io(sd_event_source*, int fd, unsigned revents, void* self);
    static int on_time(sd_event_source*, std::uint64_t usec, void* self);
    int prepare();
    int dispatch();

    sdbus::IConnection& connection_;
    EventSource io_;
    EventSource time_;
};

} // namespace guestkeyd
