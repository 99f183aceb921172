// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <atomic>
#include <thread>

namespace guestkeyd {

// Runs libvirt's own event loop (virEventRunDefaultImpl): callbacks and keepalive timers of every connection. It makes
// no calls of its own, since a call that blocks here would stop the keepalive that ends calls to a frozen libvirtd.
class VirEventThread {
  public:
    // Make it before the first connection is opened; one in a process.
    VirEventThread();
    VirEventThread(const VirEventThread&) = delete;
    VirEventThread& operator=(const VirEventThread&) = delete;
    ~VirEventThread();

  private:
    std::atomic<bool> stop_{false};
    int wake_timer_ = -1;
    std::thread thread_;
};

} // namespace guestkeyd
