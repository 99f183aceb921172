// SPDX-License-Identifier: LGPL-2.1-or-later
#include "loop/event_loop.h"

#include "base/error.h"
#include "base/journal.h"

#include <csignal>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <systemd/sd-daemon.h>
#include <systemd/sd-event.h>
#include <unistd.h>

namespace guestkeyd {

void EventSourceRelease::operator()(sd_event_source* source) const {
    sd_event_source_disable_unref(source);
}

EventLoop::EventLoop() : wake_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
    check_errno(sd_event_new(&event_), "make an event loop");
    sd_event_source* source = nullptr;
    check_errno(sd_event_add_io(event_, &source, wake_.get(), EPOLLIN, &EventLoop::on_wake, this), "watch posted work");
    wake_source_.reset(source);
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    pthread_sigmask(SIG_BLOCK, &signals, nullptr);
    check_errno(sd_event_add_signal(event_, nullptr, SIGTERM, nullptr, nullptr), "watch SIGTERM");
    check_errno(sd_event_add_signal(event_, nullptr, SIGINT, nullptr, nullptr), "watch SIGINT");
    check_errno(sd_event_set_watchdog(event_, 1), "serve the watchdog");
}

EventLoop::~EventLoop() {
    wake_source_.reset();
    sd_event_unref(event_);
}

void EventLoop::post(std::function<void()> task) {
    {
        const std::lock_guard lock(mutex_);
        tasks_.push_back(std::move(task));
    }
    eventfd_write(wake_.get(), 1);
}

int EventLoop::run() {
    sd_notify(0, "READY=1");
    const int status = sd_event_loop(event_);
    sd_notify(0, "STOPPING=1");
    return status;
}

void EventLoop::exit(int status) {
    sd_event_exit(event_, status);
}

int EventLoop::on_wake(sd_event_source*, int fd, unsigned, void* self) {
    eventfd_t count = 0;
    eventfd_read(fd, &count);
    auto& loop = *static_cast<EventLoop*>(self);
    std::vector<std::function<void()>> tasks;
    {
        const std::lock_guard lock(loop.mutex_);
        tasks.swap(loop.tasks_);
    }
    for (const auto& task : tasks)
        run_guarded(task);
    return 0;
}

void run_guarded(const std::function<void()>& task) {
    try {
        task();
    } catch (const std::exception& error) {
        journal(Priority::Error, std::string("internal error: ") + error.what());
    }
}

} // namespace guestkeyd
