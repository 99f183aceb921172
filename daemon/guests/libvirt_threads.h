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

// Runs work, which may throw, with the connection, and posts its outcome to the loop. What then holds, the answer to a
// D-Bus call at times, belongs to the loop's thread and may end there only, so it is moved, never copied.
template <typename Answer, typename Work>
CallThread::Call answering(EventLoop& loop, Libvirt::Then<Answer> then, Work work) {
    // std::function wants to be copied, what work holds (a key) must not be.
    auto shared = std::make_shared<Work>(std::move(work));
    return [&loop, then = std::move(then), shared = std::move(shared)](virConnectPtr connection) mutable {
        Answer answer{};
        std::optional<Failure> failure;
        try {
            if (!connection)
                throw Failure(ErrorCode::LibvirtUnavailable,
                              "libvirt does not answer; start libvirtd, or wait until it is up");
            answer = (*shared)(connection);
        } catch (const Failure& caught) {
            failure = caught;
        }
        loop.post([then = std::move(then), answer = std::move(answer), failure = std::move(failure)] {
            then(answer, failure);
        });
    };
}

} // namespace guestkeyd
