// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "agent/domain_xml_reader.h"
#include "agent/late_starts.h"
#include "agent/secret_needs.h"
#include "base/unique_fd.h"
#include "loop/timer.h"

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace guestkeyd {

class KeyLog;
class KeyStore;
class LostEvents;
class Mappings;
class SecretPublisher;

// Keys without which a guest that wants to come to run here cannot.
struct KeysNeeded {
    GuestId guest;
    std::vector<SecretRef> missing;
    bool arrives; // by migration, and does not start anew
};

// How long libvirt, which keeps the guest locked, is let wait.
struct HookTimes {
    std::chrono::milliseconds for_secrets; // in all
    std::chrono::milliseconds for_keys;    // that are missing and may yet be brought; a part of for_secrets
    std::chrono::milliseconds for_volumes; // that are opened then
};

// What the agent does when libvirt's qemu hook reports (https://libvirt.org/hooks.html): before a guest starts, it
// gives out the secrets that the guest's XML names, and opens the guest's mappings; once QEMU has them, or the start
// failed, it takes the secrets back, and when the guest has gone it closes the mappings.
// libvirt holds the guest's lock while the hook waits for us, so nothing here may ask libvirt about the guest.
class GuestHook {
  public:
    using Done = std::function<void(std::optional<Failure>)>;

    GuestHook(EventLoop& loop, Libvirt& libvirt, KeyStore& store, SecretPublisher& publisher, LostEvents& lost_events,
              DomainXmlReader& reader, Mappings& mappings, const KeyLog& log, HookTimes times);
    ~GuestHook();

    void tell(std::function<void(const KeysNeeded&)> keys_needed) { keys_needed_ = std::move(keys_needed); }

    // xml: a descriptor that a child can read to its end.
    void run(GuestId guest, const std::string& operation, const UniqueFd& xml, Done done);

    void libvirt_is_connected() { late_starts_.start_all(); }
    void libvirt_takes_secrets();
    // Keys of the guest have been attached: its start may be waiting for them.
    void keys_came(GuestId guest);

  private:
    class Prepare;
    using Clock = std::chrono::steady_clock;

    struct Origin { // of a guest that is going to be prepared a moment later
        StartFrom from;
        Clock::time_point told;
    };

    StartFrom take_origin(GuestId guest);
    void wait_for_libvirt(std::shared_ptr<Prepare> prepare);
    void libvirt_is_late();

    EventLoop& loop_;
    Libvirt& libvirt_;
    KeyStore& store_;
    SecretPublisher& publisher_;
    LostEvents& lost_events_;
    DomainXmlReader& reader_;
    Mappings& mappings_;
    const KeyLog& log_;
    const HookTimes times_;
    std::function<void(const KeysNeeded&)> keys_needed_ = [](const KeysNeeded&) {};
    std::vector<std::shared_ptr<Prepare>> waiting_; // for keys
    std::vector<std::shared_ptr<Prepare>> early_;   // wait for libvirt to take secrets
    Timer moment_;                                  // that libvirt has for that
    bool libvirt_is_late_ = false;                  // it did not, and nobody waits for it any more
    LateStarts late_starts_;
    std::map<GuestId, Origin> origins_; // of those that do not start from their disks
};

} // namespace guestkeyd
