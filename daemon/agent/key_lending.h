// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "agent/secret_publisher.h"

#include <vector>

namespace guestkeyd {

class KeyLog;
class KeyStore;
class Libvirt;

struct LoanRequest {
    GuestId guest;
    std::vector<VolumeId> volumes; // none: all of the guest that are given out at all
    Loan loan;
};

// Lends keys of guests to libvirt for a while, for what it does with disks of guests that run, about which no hook is
// called: hot-plug, encrypted overlays, copies and backups.
class KeyLending {
  public:
    using Done = SecretPublisher::Done;

    KeyLending(Libvirt& libvirt, KeyStore& store, SecretPublisher& publisher, const KeyLog& log,
               std::chrono::seconds longest)
        : libvirt_(libvirt), store_(store), publisher_(publisher), log_(log), longest_(longest) {}

    // Answers when libvirt has all; after a failure nothing of it is lent. InvalidArgs, LimitsExceeded, NoSuchGuest,
    // NoSuchVolume, Unsupported (a key that is never given out), LibvirtUnavailable.
    void lend(const LoanRequest& request, const Done& done);

    // Answers when libvirt has nothing of the guest any more, but for what a start still needs. NoSuchGuest.
    void end(GuestId guest, std::uint32_t caller, const Done& done);

  private:
    [[nodiscard]] std::vector<SecretToPublish> choose(const LoanRequest& request) const;

    Libvirt& libvirt_;
    KeyStore& store_;
    SecretPublisher& publisher_;
    const KeyLog& log_;
    const std::chrono::seconds longest_;
};

} // namespace guestkeyd
