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
#include <vector>

namespace guestkeyd {

class KeyLog;
class KeyStore;
class Libvirt;

// A key to give out, and what the guest's XML wants it for.
struct SecretToPublish {
    VolumeId volume;
    SecretUse use;
};

// Gives keys out as libvirt secrets while a guest starts, and takes them back: when told to, when the guest leaves, or
// when the time is up. A secret that several guests wait for stays until the last of them has had it.
class SecretPublisher {
  public:
    using Done = std::function<void(std::optional<Failure>)>;

    SecretPublisher(EventLoop& loop, Libvirt& libvirt, KeyStore& store, const KeyLog& log,
                    std::chrono::seconds timeout);

    // Answers when all are published; after a failure none is.
    void publish(GuestId guest, const std::vector<SecretToPublish>& secrets, Done done);
    void withdraw(GuestId guest);
    void withdraw(GuestId guest, const std::vector<VolumeId>& volumes);

  private:
    struct Publication {
        std::vector<VolumeId> volumes;
        std::unique_ptr<Timer> deadline;
    };

    void take_back(GuestId guest, VolumeId volume);
    [[nodiscard]] bool is_wanted(VolumeId volume) const;
    void publish_one(const Guest& guest, SecretToPublish secret, const std::shared_ptr<class PublishOutcome>& outcome);

    EventLoop& loop_;
    Libvirt& libvirt_;
    KeyStore& store_;
    const KeyLog& log_;
    const std::chrono::seconds timeout_;
    std::map<GuestId, Publication> publications_;
};

} // namespace guestkeyd
