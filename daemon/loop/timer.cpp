// SPDX-License-Identifier: LGPL-2.1-or-later
#include "loop/timer.h"

#include "base/error.h"

#include <systemd/sd-event.h>

namespace guestkeyd {

Timer::Timer(EventLoop& loop, std::function<void()> on_elapsed) : on_elapsed_(std::move(on_elapsed)) {
    constexpr std::uint64_t kAccuracy = 1000; // microseconds
    sd_event_source* source = nullptr;
    check_errno(sd_event_add_time(loop.raw(), &source, CLOCK_BOOTTIME, 0, kAccuracy, &Timer::on_time, this),
                "make a timer");
    source_.reset(source);
    disarm();
}

void Timer::arm(std::chrono::microseconds in) {
    check_errno(sd_event_source_set_time_relative(source_.get(), static_cast<std::uint64_t>(in.count())),
                "set a timer");
    check_errno(sd_event_source_set_enabled(source_.get(), SD_EVENT_ONESHOT), "start a timer");
}

void Timer::disarm() {
    check_errno(sd_event_source_set_enabled(source_.get(), SD_EVENT_OFF), "stop a timer");
}

int Timer::on_time(sd_event_source*, std::uint64_t, void* self) {
    // The callback may destroy the timer, and with it the function that runs.
    const auto on_elapsed = static_cast<Timer*>(self)->on_elapsed_;
    run_guarded(on_elapsed);
    return 0;
}

} // namespace guestkeyd
