// SPDX-License-Identifier: LGPL-2.1-or-later
#include "guests/libvirt.h"

#include "guests/answering.h"
#include "guests/domain_calls.h"
#include "guests/libvirt_threads.h"
#include "guests/secret_calls.h"
#include "loop/event_loop.h"

namespace guestkeyd {

Libvirt::Libvirt(EventLoop& loop, std::string domain_uri, std::string secret_uri, News news)
    : threads_(std::make_unique<Threads>(loop, std::move(domain_uri), std::move(secret_uri), std::move(news))) {}

Libvirt::~Libvirt() = default;

bool Libvirt::connected() const {
    return threads_->connected();
}

bool Libvirt::takes_secrets() const {
    return threads_->takes_secrets();
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

void Libvirt::list_guests(Then<std::vector<ListedGuest>> then) {
    threads_->domains().call(
        answering<std::vector<ListedGuest>>(threads_->loop(), std::move(then), &guestkeyd::list_guests));
}

void Libvirt::look_at(GuestId guest, Then<std::optional<ListedGuest>> then) {
    threads_->domains().call(
        answering<std::optional<ListedGuest>>(threads_->loop(), std::move(then), [guest](virConnectPtr connection) {
            return find_guest(connection, guest);
        }));
}

} // namespace guestkeyd
