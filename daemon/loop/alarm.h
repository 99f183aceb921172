// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "loop/event_loop.h"

#include <cstdint>
#include <functional>

namespace guestkeyd {

// Calls back once at a time of day; when the clock is set, the time that is left changes with it (timerfd_create(2)).
class Alarm {
  public:
    Alarm(EventLoop& loop, std::function<void()> on_time);

    // Seconds since 1970; a time that has passed is now. Setting it again moves it.
    void set(std::uint64_t time);
    void clear();

  private:
    static int on_elapsed(sd_event_source*, std::uint64_t usec, void* self);

    std::function<void()> on_time_;
    EventSource source_;
};

// Seconds since 1970.
std::uint64_t now_in_seconds();

} // namespace guestkeyd
