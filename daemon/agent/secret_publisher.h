// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "agent/guest.h"
#include "base/error.h"
#include "loop/event_loop.h"
#include "loop/timer.h"

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <vector>

namespace guestkeyd {

class KeyLog;
class KeyStore;
class Libvirt;

// A key to give out, and what libvirt wants it for.
struct SecretToPublish {
    VolumeId volume;
    SecretUse use;
};

// How long somebody wants keys to be lent, and who; by uid.
struct Loan {
    std::chrono::seconds span;
    std::uint32_t caller;
};

// Gives keys out as libvirt secrets, while a guest starts or for a time that they are lent, and takes them back: when
// told to, when the guest leaves, or when the time is up. A secret that is wanted several times, by guests that start
// or by loans, stays until the last has had it.
class SecretPublisher {
  public:
    using Done = std::function<void(std::optional<Failure>)>;

    SecretPublisher(EventLoop& loop, Libvirt& libvirt, KeyStore& store, const KeyLog& log,
                    std::chrono::seconds timeout);

    // For a start. Answers when all are published; after a failure none is.
    void publish(GuestId guest, const std::vector<SecretToPublish>& secrets, Done done);
    // As publish(), for so long. What is lent again is lent from then on.
    void lend(GuestId guest, const std::vector<SecretToPublish>& secrets, const Loan& loan, Done done);

    // The guest's start is over.
    void withdraw(GuestId guest);
    // These keys are to be nowhere any more.
    void withdraw(GuestId guest, const std::vector<VolumeId>& volumes);
    // Ends what is lent of the guest; answers when libvirt does not have it any more, but for what a start still needs.
    void end_loans(GuestId guest, std::uint32_t caller, Done done);

  private:
    enum class Purpose { Start, Loan };
    struct Order { // of one call, about several secrets
        GuestId guest;
        Purpose purpose;
        std::chrono::seconds span;
        std::optional<std::uint32_t> caller{};
    };
    using Holder = std::pair<GuestId, Purpose>;
    using Volumes = std::map<VolumeId, std::unique_ptr<Timer>>; // each until its timer runs out

    void give_out(const Order& order, const std::vector<SecretToPublish>& secrets, Done done);
    void publish_one(const Order& order, SecretToPublish secret, const std::shared_ptr<class SecretsOutcome>& outcome);
    void release(Holder holder, VolumeId volume);
    void take_back(GuestId guest, VolumeId volume, std::optional<std::uint32_t> caller, const Done& done);
    [[nodiscard]] bool is_wanted(VolumeId volume) const;

    EventLoop& loop_;
    Libvirt& libvirt_;
    KeyStore& store_;
    const KeyLog& log_;
    const std::chrono::seconds timeout_;
    std::map<Holder, Volumes> held_; // at libvirt
};

} // namespace guestkeyd
