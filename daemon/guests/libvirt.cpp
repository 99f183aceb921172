// SPDX-License-Identifier: LGPL-2.1-or-later
#include "guests/libvirt.h"

#include "base/journal.h"
#include "guests/call_thread.h"
#include "guests/domain_calls.h"
#include "guests/secret_calls.h"
#include "guests/vir_event_thread.h"
#include "loop/event_loop.h"

#include <chrono>
#include <unistd.h>

namespace guestkeyd {

namespace {

using namespace std::chrono_literals;

Failure not_connected() {
    return {ErrorCode::LibvirtUnavailable, "libvirt does not answer; start libvirtd, or wait until it is up"};
}

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
                throw not_connected();
            answer = (*shared)(connection);
        } catch (const Failure& caught) {
            failure = caught;
        }
        loop.post([then = std::move(then), answer = std::move(answer), failure = std::move(failure)] {
            then(answer, failure);
        });
    };
}

} // namespace

class Libvirt::Threads {
  public:
    Threads(EventLoop& loop, std::string domain_uri, std::string secret_uri, News news)
        : loop_(loop), news_(std::move(news)), domains_(std::move(domain_uri), domain_hooks()),
          secrets_(std::move(secret_uri), secret_hooks()) {}

    ~Threads() {
        constexpr auto kPatience = 2s;
        if (secrets_.stop(kPatience) && domains_.stop(kPatience))
            return;
        journal(Priority::Notice, "libvirt holds a call; leaving without its answer");
        _exit(0);
    }

    CallThread& domains() { return domains_; }
    CallThread& secrets() { return secrets_; }
    [[nodiscard]] EventLoop& loop() const { return loop_; }
    [[nodiscard]] bool connected() const { return domains_open_ && secrets_open_; }

  private:
    CallThread::Hooks domain_hooks() {
        return {[this](virConnectPtr connection) {
                    events_ = std::make_unique<LifecycleEvents>(connection, on_event_);
                    auto guests = list_guests(connection);
                    loop_.post([this, guests = std::move(guests)] { domains_opened(guests); });
                },
                [this](virConnectPtr) {
                    events_.reset();
                    loop_.post([this] { domains_closed(); });
                }};
    }

    CallThread::Hooks secret_hooks() {
        return {[this](virConnectPtr connection) {
                    withdraw_leftovers(connection);
                    loop_.post([this] { set(secrets_open_, true); });
                },
                [this](virConnectPtr connection) {
                    take_all_back(connection);
                    loop_.post([this] { set(secrets_open_, false); });
                }};
    }

    // An agent that ends leaves nothing behind. A connection that is closed because it is dead has nothing, or the next
    // one finds it.
    static void take_all_back(virConnectPtr connection) {
        try {
            withdraw_leftovers(connection);
        } catch (const Failure& failure) {
            journal(Priority::Notice, "secrets may be left at libvirt for now: " + failure.message());
        }
    }

    void on_event(const GuestEvent& event) {
        if (!domains_open_)
            changed_meanwhile_.insert(event.guest);
        news_.event(event);
    }

    void domains_opened(const std::vector<ListedGuest>& guests) {
        news_.listed(guests, changed_meanwhile_);
        changed_meanwhile_.clear();
        set(domains_open_, true);
    }

    void domains_closed() {
        changed_meanwhile_.clear();
        set(domains_open_, false);
        news_.lost();
    }

    void set(bool& open, bool value) {
        const bool before = connected();
        open = value;
        if (connected() != before)
            news_.connection_changed();
    }

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

Libvirt::Libvirt(EventLoop& loop, std::string domain_uri, std::string secret_uri, News news)
    : threads_(std::make_unique<Threads>(loop, std::move(domain_uri), std::move(secret_uri), std::move(news))) {}

Libvirt::~Libvirt() = default;

bool Libvirt::connected() const {
    return threads_->connected();
}

void Libvirt::publish(SecretDefinition definition, SecretBuffer value, Then<PublishResult> then) {
    threads_->secrets().call(answering<PublishResult>(
        threads_->loop(), std::move(then),
        [definition = std::move(definition), value = std::move(value)](virConnectPtr connection) mutable {
            // The key is wiped here, not when the loop gets to hear of it.
            const auto once = std::move(value);
            return publish_secret(connection, definition, once);
        }));
}

void Libvirt::withdraw(VolumeId volume, Done done) {
    threads_->secrets().call(answering<bool>(
        threads_->loop(), [done = std::move(done)](bool, std::optional<Failure> failure) { done(std::move(failure)); },
        [volume](virConnectPtr connection) {
            withdraw_secret(connection, volume);
            return true;
        }));
}

void Libvirt::unknown_secrets(std::vector<SecretRef> references, Then<std::vector<SecretRef>> then) {
    threads_->secrets().call(answering<std::vector<SecretRef>>(
        threads_->loop(), std::move(then), [references = std::move(references)](virConnectPtr connection) {
            return guestkeyd::unknown_secrets(connection, references);
        }));
}

void Libvirt::guest_xml(GuestId guest, Then<std::string> then) {
    threads_->domains().call(
        answering<std::string>(threads_->loop(), std::move(then),
                               [guest](virConnectPtr connection) { return persistent_xml(connection, guest); }));
}

void Libvirt::start_autostarted(GuestId guest, StartFrom from, Then<bool> then) {
    threads_->domains().call(
        answering<bool>(threads_->loop(), std::move(then), [guest, from](virConnectPtr connection) {
            return guestkeyd::start_autostarted(connection, guest, from);
        }));
}

} // namespace guestkeyd
