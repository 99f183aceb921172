// SPDX-License-Identifier: LGPL-2.1-or-later
#include "bus/bus_source.h"

#include "base/error.h"
#include "base/journal.h"

#include <cerrno>
#include <cstdint>
#include <poll.h>
#include <sdbus-c++/sdbus-c++.h>
#include <sys/epoll.h>
#include <systemd/sd-event.h>

namespace guestkeyd {

BusSource::BusSource(EventLoop& loop, sdbus::IConnection& connection) : connection_(connection) {
    sd_event_source* io = nullptr;
    check_errno(sd_event_add_io(loop.raw(), &io, connection.getEventLoopPollData().fd, 0, &BusSource::on_io, this),
                "watch the bus");
    io_.reset(io);
    sd_event_source* time = nullptr;
    check_errno(sd_event_add_time(loop.raw(), &time, CLOCK_MONOTONIC, 0, 0, &BusSource::on_time, this),
                "watch the bus's time");
    time_.reset(time);
    check_errno(sd_event_source_set_enabled(time, SD_EVENT_OFF), "watch the bus's time");
    check_errno(sd_event_source_set_prepare(io, &BusSource::on_prepare), "watch the bus");
    // Else the loop would go on without the bus: alive, and deaf.
    check_errno(sd_event_source_set_exit_on_failure(io, 1), "watch the bus");
    check_errno(sd_event_source_set_exit_on_failure(time, 1), "watch the bus");
}

int BusSource::on_prepare(sd_event_source*, void* self) {
    return static_cast<BusSource*>(self)->prepare();
}

int BusSource::on_io(sd_event_source*, int, unsigned, void* self) {
    return static_cast<BusSource*>(self)->dispatch();
}

int BusSource::on_time(sd_event_source*, std::uint64_t, void* self) {
    return static_cast<BusSource*>(self)->dispatch();
}

int BusSource::prepare() {
    const auto wanted = connection_.getEventLoopPollData();
    std::uint32_t events = 0;
    events |= (wanted.events & POLLIN) != 0 ? static_cast<std::uint32_t>(EPOLLIN) : 0;
    events |= (wanted.events & POLLOUT) != 0 ? static_cast<std::uint32_t>(EPOLLOUT) : 0;
    if (const int r = sd_event_source_set_io_events(io_.get(), events); r < 0)
        return r;
    if (wanted.timeout_usec == UINT64_MAX)
        return sd_event_source_set_enabled(time_.get(), SD_EVENT_OFF);
    if (const int r = sd_event_source_set_time(time_.get(), wanted.timeout_usec); r < 0)
        return r;
    return sd_event_source_set_enabled(time_.get(), SD_EVENT_ONESHOT);
}

int BusSource::dispatch() {
    try {
        while (connection_.processPendingRequest()) {
        }
        return 0;
    } catch (const std::exception& error) {
        journal(Priority::Error, std::string("lost the bus: ") + error.what());
        return -EIO;
    }
}

} // namespace guestkeyd
