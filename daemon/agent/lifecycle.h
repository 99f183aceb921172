// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "agent/guest.h"
#include "agent/lifecycle_rules.h"
#include "guests/guest_event.h"
#include "loop/event_loop.h"
#include "loop/timer.h"

#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

namespace guestkeyd {

class KeyLog;
class KeyStore;

// Follows the guests of this host: knows for each what libvirt last told, and wipes keys by the rules. As long as
// libvirt does not answer, nothing is wiped: unknown is not absent.
class Lifecycle {
  public:
    // libvirt starts a guest that it reverts to a running snapshot within a fraction of a second.
    static constexpr std::chrono::seconds kRevertTakes{10};

    Lifecycle(EventLoop& loop, KeyStore& store, const KeyLog& log,
              std::chrono::milliseconds revert_takes = kRevertTakes)
        : loop_(loop), store_(store), log_(log), revert_takes_(revert_takes) {}

    // Before the guests are listed, an event waits for that.
    void on_event(const GuestEvent& event);
    // Makes good what was missed while nobody listened, but for guests of which events have told since.
    void on_listed(const std::vector<ListedGuest>& guests, const std::set<GuestId>& changed_meanwhile);
    // The same for one guest; none: libvirt does not know it.
    void on_looked_at(GuestId guest, const std::optional<ListedGuest>& found);
    void on_lost();

    // Guests that are not as the events have told, with keys or without.
    [[nodiscard]] std::vector<GuestId> known_otherwise(const std::vector<ListedGuest>& guests) const;

    // Tells the store what is known of a guest whose keys have just come.
    void introduce(GuestId guest);

    [[nodiscard]] GuestState state_of(GuestId guest) const;

    // Wipes the keys of a guest. What the kernel would not let go of is logged, and tried again.
    void wipe(GuestId guest, PurgeReason reason);

  private:
    struct Seen {
        bool running;
        bool persistent;
        bool arriving; // by migration, and not yet told to run here
        bool leaving;  // by migration, and stopped here for it
        std::string name;
    };

    void follow(const GuestEvent& event);
    void follow_stop(const GuestEvent& event);
    void follow_suspension(const GuestEvent& event);
    void judge_stop(GuestId guest, StoppedBecause because, bool was_transient);
    void judge_later(GuestId guest, bool was_transient);
    void judge(GuestId guest, Verdict verdict, bool was_transient);
    void expect_again(GuestId guest);
    void reconcile(const Guest& guest, const ListedGuest* listed);
    [[nodiscard]] bool is_running(GuestId guest) const;
    [[nodiscard]] std::vector<GuestId> guests_with_keys() const;

    EventLoop& loop_;
    KeyStore& store_;
    const KeyLog& log_;
    const std::chrono::milliseconds revert_takes_;
    bool listening_ = false;
    std::vector<GuestEvent> unlisted_;       // heard before the list
    std::unordered_map<GuestId, Seen> seen_; // every guest of the host, with keys or without
    // Stopped to be reverted to a snapshot; judged when they are not started again soon.
    std::map<GuestId, std::unique_ptr<Timer>> reverting_;
};

} // namespace guestkeyd
