// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "agent/guest.h"
#include "loop/alarm.h"

#include <cstdint>
#include <functional>
#include <map>
#include <unordered_map>
#include <utility>
#include <vector>

namespace guestkeyd {

class KeyLog;

// Ends what is limited in time: leases, after a warning, and the wait for guests that are expected. A guest that
// libvirt tells nothing of is not given up, but its lease ends all the same. A wipe that failed is tried again every
// second.
class Expiry {
  public:
    // wipe is called when the time has come.
    Expiry(EventLoop& loop, std::function<const Guest*(GuestId)> find, std::function<void(GuestId, PurgeReason)> wipe,
           const KeyLog& log);

    // To be told of every guest that comes, changes and goes.
    void consider(const Guest& guest);
    void forget(GuestId guest);

  private:
    void on_time();
    void act(const Guest& guest, std::uint64_t now);
    [[nodiscard]] std::uint64_t next_time(const Guest& guest) const;
    void set_alarm();

    Alarm alarm_;
    const std::function<const Guest*(GuestId)> find_;
    const std::function<void(GuestId, PurgeReason)> wipe_;
    const KeyLog& log_;
    std::unordered_map<GuestId, std::uint64_t> times_;
    // By time; of a guest only the entry at its time in times_ counts, others are left over.
    std::map<std::uint64_t, std::vector<GuestId>> queue_;
    std::map<GuestId, std::uint64_t> warned_; // of which end of the lease
};

} // namespace guestkeyd
