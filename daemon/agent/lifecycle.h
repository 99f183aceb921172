// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "agent/guest.h"
#include "guests/guest_event.h"

#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

namespace guestkeyd {

class KeyStore;

// What becomes of a guest's keys after an event.
enum class Fate { Keep, Wipe, WipeIfOff, WipeIfTransient };
struct Verdict {
    Fate fate;
    PurgeReason reason;
};

// The rule for an event and its detail; events that no rule names keep the keys.
Verdict verdict_on(GuestHappened happened, int detail);

// Follows the guests of this host: knows for each what libvirt last told, and wipes keys by the rules. As long as
// libvirt does not answer, nothing is wiped: unknown is not absent.
class Lifecycle {
  public:
    explicit Lifecycle(KeyStore& store) : store_(store) {}

    void on_event(const GuestEvent& event);
    // Makes good what was missed while nobody listened, but for guests of which events have told since.
    void on_listed(const std::vector<ListedGuest>& guests, const std::set<GuestId>& changed_meanwhile);
    void on_lost();

    // Tells the store what is known of a guest whose keys have just come.
    void introduce(GuestId guest);

    [[nodiscard]] GuestState state_of(GuestId guest) const;

  private:
    struct Seen {
        bool running;
        bool persistent;
        std::string name;
    };

    void follow(const GuestEvent& event);
    void judge(GuestId guest, Verdict verdict, bool was_transient);
    void reconcile(const Guest& guest, const ListedGuest* listed);
    void wipe(GuestId guest, PurgeReason reason);

    KeyStore& store_;
    bool listening_ = false;
    std::unordered_map<GuestId, Seen> seen_; // every guest of the host, with keys or without
};

} // namespace guestkeyd
