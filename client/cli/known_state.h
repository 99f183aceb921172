// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "guestkeyd/events.h"

#include <unordered_map>

namespace guestkeyd::cli {

// What has been heard of the agent so far. The agent repeats properties that did not change; people want the news.
class KnownState {
  public:
    void learn(const Guest& guest) { guests_.insert_or_assign(guest.id, guest); }
    void forget(const GuestId& guest) { guests_.erase(guest); }
    [[nodiscard]] std::string name_of(const GuestId& guest) const;

    // What of a change was not known yet; from now on it is.
    GuestChange news_of(GuestChange change);
    StatusChange news_of(StatusChange change);

  private:
    std::unordered_map<GuestId, Guest> guests_;
    StatusChange status_;
};

} // namespace guestkeyd::cli
