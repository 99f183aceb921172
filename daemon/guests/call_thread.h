// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "guests/vir_handles.h"

#include <atomic>
#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <string>
#include <thread>

namespace guestkeyd {

// A thread with one connection to libvirt, on which it makes calls one after the other; they may block. Keeps the
// connection open: opens it at the start and again, once a second, whenever it is lost. A libvirtd that is frozen is
// noticed by keepalive, which fails the call that waits for it.
class CallThread {
  public:
    // All run on this thread.
    struct Hooks {
        std::function<void(virConnectPtr)> opened;  // throws Failure to give the connection up and try again
        std::function<void(virConnectPtr)> closing; // also when the connection is dead already
    };
    // connection is null when libvirt cannot be reached.
    using Call = std::function<void(virConnectPtr connection)>;

    CallThread(std::string uri, Hooks hooks);
    CallThread(const CallThread&) = delete;
    CallThread& operator=(const CallThread&) = delete;
    // Waits for the call that runs; calls still queued are dropped.
    ~CallThread();

    // Calls in the order given. From any thread.
    void call(Call call);

    // False while a call, or the opening of the connection, waits for libvirt after stop was asked for.
    bool stop(std::chrono::milliseconds patience);

  private:
    void run();
    void open();
    void close();
    static void on_closed(virConnectPtr, int reason, void* self);

    const std::string uri_;
    const Hooks hooks_;
    VirConnection connection_;
    std::atomic<bool> broken_{false};
    std::mutex mutex_; // guards what follows: callers and libvirt's event thread touch it
    std::condition_variable changed_;
    std::deque<Call> calls_;
    bool stopping_ = false;
    bool ended_ = false;
    std::thread thread_;
};

} // namespace guestkeyd
