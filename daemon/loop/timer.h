// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "loop/event_loop.h"

#include <chrono>
#include <cstdint>
#include <functional>

namespace guestkeyd {

// Calls back once on the loop, some time after arm(); arming again moves it, destruction ends it.
class Timer {
  public:
    Timer(EventLoop& loop, std::function<void()> on_elapsed);

    void arm(std::chrono::microseconds in);
    void disarm();

  private:
    static int on_time(sd_event_source*, std::uint64_t usec, void* self);

    std::function<void()> on_elapsed_;
    EventSource source_;
};

} // namespace guestkeyd
