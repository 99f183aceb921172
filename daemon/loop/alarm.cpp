// SPDX-License-Identifier: LGPL-2.1-or-later
#include "loop/alarm.h"

#include "base/error.h"

#include <ctime>
#include <systemd/sd-event.h>

namespace guestkeyd {

Alarm::Alarm(EventLoop& loop, std::function<void()> on_time) : on_time_(std::move(on_time)) {
    constexpr std::uint64_t kAccuracy = 1000; // microseconds
    sd_event_source* source = nullptr;
    check_errno(sd_event_add_time(loop.raw(), &source, CLOCK_REALTIME, 0, kAccuracy, &Alarm::on_elapsed, this),
                "make an alarm");
    source_.reset(source);
    clear();
}

void Alarm::set(std::uint64_t time) {
    check_errno(sd_event_source_set_time(source_.get(), time * 1000000), "set an alarm");
    check_errno(sd_event_source_set_enabled(source_.get(), SD_EVENT_ONESHOT), "start an alarm");
}

void Alarm::clear() {
    check_errno(sd_event_source_set_enabled(source_.get(), SD_EVENT_OFF), "stop an alarm");
}

int Alarm::on_elapsed(sd_event_source*, std::uint64_t, void* self) {
    run_guarded(static_cast<Alarm*>(self)->on_time_);
    return 0;
}

std::uint64_t now_in_seconds() {
    return static_cast<std::uint64_t>(std::time(nullptr));
}

} // namespace guestkeyd
