// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "base/unique_fd.h"

#include <functional>
#include <memory>
#include <mutex>
#include <vector>

struct sd_event;
struct sd_event_source;

namespace guestkeyd {

struct EventSourceRelease {
    void operator()(sd_event_source* source) const; // sd_event_source_disable_unref
};
using EventSource = std::unique_ptr<sd_event_source, EventSourceRelease>;

// The one sd-event loop (sd-event(3)). All state belongs to the thread that runs it; others hand in work by post().
class EventLoop {
  public:
    // Blocks SIGTERM and SIGINT for this thread and those it will start: they end run() with 0.
    EventLoop();
    EventLoop(const EventLoop&) = delete;
    EventLoop& operator=(const EventLoop&) = delete;
    ~EventLoop();

    // Runs task on the loop's thread, in the order of the calls. From any thread, at any time.
    void post(std::function<void()> task);

    // Tells the service manager that we are ready (sd_notify(3)), then runs until exit() or a signal.
    int run();
    void exit(int status);

    [[nodiscard]] sd_event* raw() const { return event_; }

  private:
    static int on_wake(sd_event_source*, int fd, unsigned revents, void* self);

    sd_event* event_ = nullptr;
    UniqueFd wake_;
    EventSource wake_source_;
    std::mutex mutex_; // guards tasks_, which other threads fill
    std::vector<std::function<void()>> tasks_;
};

// Runs task; what it throws is written to the journal: an exception must not pass through sd-event.
void run_guarded(const std::function<void()>& task);

} // namespace guestkeyd
