// SPDX-License-Identifier: LGPL-2.1-or-later
#include "guests/libvirt_threads.h"

#include "base/journal.h"
#include "guests/secret_calls.h"

#include <chrono>
#include <unistd.h>

namespace guestkeyd {

namespace {

// An agent that ends leaves nothing behind. A connection that is closed because it is dead has nothing, or the next
// one finds it.
void take_all_back(virConnectPtr connection) {
    try {
        withdraw_leftovers(connection);
    } catch (const Failure& failure) {
        journal(Priority::Notice, "secrets may be left at libvirt for now: " + failure.message());
    }
}

} // namespace

Libvirt::Threads::Threads(EventLoop& loop, std::string domain_uri, std::string secret_uri, News news)
    : loop_(loop), news_(std::move(news)), domains_(std::move(domain_uri), domain_hooks()),
      secrets_(std::move(secret_uri), secret_hooks()) {}

Libvirt::Threads::~Threads() {
    constexpr std::chrono::seconds kPatience{2};
    if (secrets_.stop(kPatience) && domains_.stop(kPatience))
        return;
    journal(Priority::Notice, "libvirt holds a call; leaving without its answer");
    _exit(0);
}

CallThread::Hooks Libvirt::Threads::domain_hooks() {
    return {[this](virConnectPtr connection) {
                events_ = std::make_unique<LifecycleEvents>(connection, on_event_);
                auto guests = guestkeyd::list_guests(connection);
                loop_.post([this, guests = std::move(guests)] { domains_opened(guests); });
            },
            [this](virConnectPtr) {
                events_.reset();
                loop_.post([this] { domains_closed(); });
            }};
}

CallThread::Hooks Libvirt::Threads::secret_hooks() {
    return {[this](virConnectPtr connection) {
                withdraw_leftovers(connection);
                loop_.post([this] {
                    set(secrets_open_, true);
                    news_.secrets_taken();
                });
            },
            [this](virConnectPtr connection) {
                take_all_back(connection);
                loop_.post([this] { set(secrets_open_, false); });
            }};
}

void Libvirt::Threads::on_event(const GuestEvent& event) {
    if (!domains_open_)
        changed_meanwhile_.insert(event.guest);
    news_.event(event);
}

void Libvirt::Threads::domains_opened(const std::vector<ListedGuest>& guests) {
    news_.listed(guests, changed_meanwhile_);
    changed_meanwhile_.clear();
    set(domains_open_, true);
}

void Libvirt::Threads::domains_closed() {
    changed_meanwhile_.clear();
    set(domains_open_, false);
    news_.lost();
}

void Libvirt::Threads::set(bool& open, bool value) {
    const bool before = connected();
    open = value;
    if (connected() != before)
        news_.connection_changed();
}

} // namespace guestkeyd
