// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "guests/call_thread.h"
#include "guests/domain_calls.h"
#include "guests/libvirt.h"
#include "guests/vir_event_thread.h"
#include "loop/event_loop.h"

#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace guestkeyd {

// The threads behind Libvirt, and what the loop knows of their connections.
class Libvirt::Threads {
  public:
    Threads(EventLoop& loop, std::string domain_uri, std::string secret_uri, News news);
    Threads(const Threads&) = delete;
    Threads& operator=(const Threads&) = delete;
    ~Threads();

    CallThread& domains() { return domains_; }
    CallThread& secrets() { return secrets_; }
    [[nodiscard]] EventLoop& loop() const { return loop_; }
    [[nodiscard]] bool connected() const { return domains_open_ && secrets_open_; }
    [[nodiscard]] bool takes_secrets() const { return secrets_open_; }

  private:
    CallThread::Hooks domain_hooks();
    CallThread::Hooks secret_hooks();
    void on_event(const GuestEvent& event);
    void domains_opened(const std::vector<ListedGuest>& guests);
    void domains_closed();
    void set(bool& open, bool value);

    EventLoop& loop_;
    const News news_;
    // State of the loop's thread.
    bool domains_open_ = false;
    bool secrets_open_ = false;
    std::set<GuestId> changed_meanwhile_;
    // Used on libvirt's event thread.
    const OnGuestEvent on_event_{
        [this](GuestEvent event) { loop_.post([this, event = std::move(event)] { on_event(event); }); }};
    VirEventThread event_thread_;
    // Used on the thread for domains.
    std::unique_ptr<LifecycleEvents> events_;
    CallThread domains_;
    CallThread secrets_;
};

} // namespace guestkeyd
