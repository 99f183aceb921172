// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "cli/json.h"
#include "cli/known_state.h"
#include "guestkeyd/client.h"

namespace guestkeyd::cli {

// Prints what the agent reports, each on a line with the time.
class EventPrinter {
  public:
    explicit EventPrinter(Json mode) : mode_(mode) {}

    // Callbacks that print; they live no longer than the printer.
    Events events();
    // How things are before the first event.
    void know(const Status& status, const std::vector<Guest>& guests);

  private:
    void guest_added(const Guest& guest);
    void guest_removed(const GuestId& guest);
    void guest_changed(const GuestChange& change);
    void status_changed(const StatusChange& change);
    void keys_needed(const NeededKeys& needed);
    void keys_purged(const PurgedKeys& purged);
    void keys_used(const UsedKeys& used);
    void job_added(const Job& job);
    void job_ended(const EndedJob& job);
    void print(const char* event, const std::string& text, const JsonValue& details);
    [[nodiscard]] std::string title_of(const GuestId& guest) const;

    Json mode_;
    KnownState known_;
};

} // namespace guestkeyd::cli
