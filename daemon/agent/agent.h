// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "agent/domain_xml_reader.h"
#include "agent/expiry.h"
#include "agent/guest_check.h"
#include "agent/guest_hook.h"
#include "agent/key_lending.h"
#include "agent/key_log.h"
#include "agent/key_store.h"
#include "agent/lifecycle.h"
#include "agent/lost_events.h"
#include "agent/mappings.h"
#include "agent/sealed_delivery.h"
#include "agent/secret_publisher.h"
#include "agent/volume_jobs.h"
#include "guests/libvirt.h"
#include "loop/timer.h"

#include <chrono>
#include <functional>
#include <string>

namespace guestkeyd {

struct AgentSettings {
    StoreLimits limits;
    std::string domain_uri;
    std::string secret_uri;
    std::string domain_xml_parser;
    HookTimes hook;
    std::chrono::seconds publish_timeout;
    std::chrono::seconds longest_loan;
    std::chrono::seconds reconcile_interval;
    SealingSettings sealing;
    VolumeSettings volumes;
    std::string mapping_worker; // as VolumeSettings::worker
};

enum class Force { No, Yes };

// What this host's agent can do, without the bus: the rules around the keys, put together.
class Agent {
  public:
    struct News {
        KeyStore::News store;
        std::function<void()> connection_changed;
        std::function<void(const KeysNeeded&)> keys_needed;
    };

    Agent(EventLoop& loop, KernelKeyring& keyring, AgentSettings settings);

    void tell(News news) { news_ = std::move(news); }

    [[nodiscard]] const KeyStore& store() const { return store_; }
    [[nodiscard]] bool libvirt_connected() const { return libvirt_.connected(); }
    GuestHook& hook() { return hook_; }
    GuestCheck& check() { return check_; }
    KeyLending& lending() { return lending_; }
    SealedDelivery& sealed() { return sealed_; }
    VolumeJobs& volumes() { return volumes_; }
    KeyLog& log() { return log_; }

    void attach(const AttachRequest& request, const std::vector<std::string_view>& keys);
    // Return how many keys were wiped. Busy for a guest that runs, unless forced; then its mappings are suspended.
    // caller: the uid of who wants it.
    std::size_t detach(GuestId guest, const std::vector<VolumeId>& volumes, Force force, std::uint32_t caller);
    std::size_t purge_guest(GuestId guest, Force force, std::uint32_t caller);
    void renew_lease(GuestId guest, std::uint64_t seconds) { store_.renew_lease(guest, seconds); }
    // Guests that run go on; forced, without their mappings.
    std::size_t purge_all(Force force, std::uint32_t caller);

  private:
    KeyStore::News store_news();
    Libvirt::News libvirt_news();
    void log_purge(GuestId guest, const std::vector<VolumeId>& volumes, const PurgeCause& cause) const;
    void warn_of_quota();
    void refuse_if_running(GuestId guest, Force force) const;

    News news_{
        {[](const Guest&) {}, [](const Guest&) {}, [](GuestId) {}, [](GuestId, const auto&, const PurgeCause&) {}},
        [] {},
        [](const KeysNeeded&) {}};
    std::chrono::steady_clock::time_point quota_looked_at_;
    Timer rest_; // runs out some seconds after the last push
    KeyLog log_;
    KeyStore store_;
    Lifecycle lifecycle_;
    Expiry expiry_;
    DomainXmlReader reader_;
    Libvirt libvirt_;
    LostEvents lost_events_;
    SecretPublisher publisher_;
    Mappings mappings_;
    GuestHook hook_;
    GuestCheck check_;
    KeyLending lending_;
    SealedDelivery sealed_;
    VolumeJobs volumes_;
};

} // namespace guestkeyd
