// SPDX-License-Identifier: LGPL-2.1-or-later
#include "agent/agent.h"

#include "base/journal.h"
#include "base/privileges.h"
#include "keyring/quota.h"

namespace guestkeyd {

namespace {

// A host's keys often come all at once, when its management server starts, or are found so when the agent does.
constexpr auto kRest = std::chrono::seconds(1);

} // namespace

Agent::Agent(EventLoop& loop, KernelKeyring& keyring, AgentSettings settings)
    : rest_(loop, [] { shrink(); }), store_(keyring, settings.limits), lifecycle_(loop, store_, log_),
      expiry_(
          loop, [this](GuestId guest) { return store_.find(guest); },
          [this](GuestId guest, PurgeReason reason) { lifecycle_.wipe(guest, reason); }, log_),
      reader_(loop, std::move(settings.domain_xml_parser)),
      libvirt_(loop, std::move(settings.domain_uri), std::move(settings.secret_uri), libvirt_news()),
      lost_events_(loop, libvirt_, lifecycle_, settings.reconcile_interval),
      publisher_(loop, libvirt_, store_, log_, settings.publish_timeout),
      mappings_(loop, keyring, store_, log_,
                {std::move(settings.mapping_worker), settings.volumes.cancel_grace, settings.reconcile_interval},
                [this](GuestId guest) { return lifecycle_.state_of(guest); }),
      hook_(loop, libvirt_, store_, publisher_, lost_events_, reader_, mappings_, log_, settings.hook),
      check_(libvirt_, store_, reader_), lending_(libvirt_, store_, publisher_, log_, settings.longest_loan),
      sealed_(std::move(settings.sealing), store_), volumes_(loop, std::move(settings.volumes)) {
    store_.ask_states([this](GuestId guest) { return lifecycle_.state_of(guest); });
    store_.tell(store_news());
    hook_.tell([this](const KeysNeeded& needed) { news_.keys_needed(needed); });
    for (const auto& [id, guest] : store_.guests())
        expiry_.consider(guest);
    rest_.arm(kRest);
}

KeyStore::News Agent::store_news() {
    return {[this](const Guest& guest) {
                expiry_.consider(guest);
                news_.store.added(guest);
            },
            [this](const Guest& guest) {
                expiry_.consider(guest);
                news_.store.changed(guest);
            },
            [this](GuestId guest) {
                expiry_.forget(guest);
                news_.store.removed(guest);
            },
            [this](GuestId guest, const std::vector<VolumeId>& volumes, const PurgeCause& cause) {
                publisher_.withdraw(guest, volumes); // a key that is gone is not left with libvirt either
                mappings_.keys_went(guest, volumes);
                log_purge(guest, volumes, cause);
                news_.store.purged(guest, volumes, cause);
            }};
}

Libvirt::News Agent::libvirt_news() {
    return {[this](const auto& guests, const auto& changed) {
                lifecycle_.on_listed(guests, changed);
                mappings_.close_left_over();
            },
            [this] { lifecycle_.on_lost(); },
            [this] {
                if (libvirt_.connected())
                    hook_.libvirt_is_connected();
                news_.connection_changed();
            },
            [this] { hook_.libvirt_takes_secrets(); },
            [this](const GuestEvent& event) {
                lost_events_.settle(event.guest);
                lifecycle_.on_event(event);
            }};
}

void Agent::refuse_if_running(GuestId guest, Force force) const {
    const auto& found = store_.get(guest);
    const bool in_use = found.state == GuestState::Running || found.state == GuestState::Leaving;
    if (force == Force::No && in_use && !found.record.purging)
        throw Failure(ErrorCode::Busy, found.title() + " is running; stop it first, or use the option force");
}

void Agent::log_purge(GuestId guest, const std::vector<VolumeId>& volumes, const PurgeCause& cause) const {
    const bool lease = cause.reason == PurgeReason::LeaseEnded;
    auto message = "wiped " + std::to_string(volumes.size()) + " keys of guest " + guest.str() + ": " +
                   purge_reason_name(cause.reason);
    if (cause.caller)
        message += " by uid " + std::to_string(*cause.caller);
    log_.note({lease ? KeyAction::LeaseEnd : KeyAction::Purge, KeyResult::Done, guest, volumes, message, cause.caller});
}

void Agent::attach(const AttachRequest& request, const std::vector<std::string_view>& keys) {
    mappings_.check(request);
    store_.attach(request, keys);
    lifecycle_.introduce(request.guest);
    mappings_.keys_came(request.guest, request.volumes);
    hook_.keys_came(request.guest);
    warn_of_quota();
    rest_.arm(kRest);
}

void Agent::warn_of_quota() {
    constexpr double kNearlyFull = 0.8;
    const auto now = std::chrono::steady_clock::now();
    if (now - quota_looked_at_ < std::chrono::minutes(1))
        return;
    quota_looked_at_ = now;
    if (const auto quota = read_key_quota(); quota.fullness() >= kNearlyFull)
        journal(Priority::Warning, "root's keys use " + std::to_string(quota.bytes) + " of " +
                                       std::to_string(quota.max_bytes) + " bytes and " + std::to_string(quota.keys) +
                                       " of " + std::to_string(quota.max_keys) +
                                       " keys of the kernel's quota; purge guests that are gone, or raise "
                                       "kernel.keys.root_maxkeys and root_maxbytes");
}

std::size_t Agent::detach(GuestId guest, const std::vector<VolumeId>& volumes, Force force, std::uint32_t caller) {
    refuse_if_running(guest, force);
    const auto wiped = store_.detach(guest, volumes, {PurgeReason::Requested, caller});
    if (force == Force::Yes)
        mappings_.suspend(guest, volumes);
    return wiped;
}

std::size_t Agent::purge_guest(GuestId guest, Force force, std::uint32_t caller) {
    refuse_if_running(guest, force);
    const auto wiped = store_.purge_guest(guest, {PurgeReason::Requested, caller});
    if (force == Force::Yes)
        mappings_.suspend(guest);
    return wiped;
}

std::size_t Agent::purge_all(Force force, std::uint32_t caller) {
    const auto wiped = store_.purge_all({PurgeReason::Requested, caller});
    if (force == Force::Yes)
        mappings_.suspend_all();
    return wiped;
}

} // namespace guestkeyd
