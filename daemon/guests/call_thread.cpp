// SPDX-License-Identifier: LGPL-2.1-or-later
#include "guests/call_thread.h"

#include "base/journal.h"

#include <chrono>

namespace guestkeyd {

namespace {

using namespace std::chrono_literals;

constexpr auto kRetryAfter = 1s;
// A frozen libvirtd is given up after some (kKeepaliveCount + 1) * kKeepaliveSeconds.
constexpr int kKeepaliveSeconds = 3;
constexpr unsigned kKeepaliveCount = 3;

} // namespace

CallThread::CallThread(std::string uri, Hooks hooks)
    : uri_(std::move(uri)), hooks_(std::move(hooks)), thread_([this] { run(); }) {}

CallThread::~CallThread() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    changed_.notify_all();
    thread_.join();
}

bool CallThread::stop(std::chrono::milliseconds patience) {
    std::unique_lock lock(mutex_);
    stopping_ = true;
    changed_.notify_all();
    return changed_.wait_for(lock, patience, [this] { return ended_; });
}

void CallThread::call(Call call) {
    {
        const std::lock_guard lock(mutex_);
        calls_.push_back(std::move(call));
    }
    changed_.notify_all();
}

void CallThread::run() {
    for (;;) {
        if (broken_)
            close();
        if (!connection_)
            open();
        Call next;
        {
            std::unique_lock lock(mutex_);
            const auto has_work = [this] { return stopping_ || broken_ || !calls_.empty(); };
            if (connection_)
                changed_.wait(lock, has_work);
            else
                changed_.wait_for(lock, kRetryAfter, has_work);
            if (stopping_)
                break;
            if (!calls_.empty()) {
                next = std::move(calls_.front());
                calls_.pop_front();
            }
        }
        if (next)
            next(broken_ ? nullptr : connection_.get());
    }
    close();
    const std::lock_guard lock(mutex_);
    ended_ = true;
    changed_.notify_all();
}

void CallThread::open() {
    broken_ = false;
    connection_.reset(virConnectOpen(uri_.c_str()));
    if (!connection_)
        return;
    try {
        // Drivers without a daemon behind them know neither of these calls, and need neither.
        virConnectRegisterCloseCallback(connection_.get(), &CallThread::on_closed, this, nullptr);
        virConnectSetKeepAlive(connection_.get(), kKeepaliveSeconds, kKeepaliveCount);
        hooks_.opened(connection_.get());
    } catch (const Failure& failure) {
        journal(Priority::Warning, "cannot use " + uri_ + ": " + failure.message());
        connection_.reset();
    }
}

void CallThread::close() {
    if (!connection_)
        return;
    hooks_.closing(connection_.get());
    virConnectUnregisterCloseCallback(connection_.get(), &CallThread::on_closed);
    connection_.reset();
}

void CallThread::on_closed(virConnectPtr, int, void* self) {
    auto& thread = *static_cast<CallThread*>(self);
    const std::lock_guard lock(thread.mutex_);
    thread.broken_ = true;
    thread.changed_.notify_all();
}

} // namespace guestkeyd
