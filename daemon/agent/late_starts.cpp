// SPDX-License-Identifier: LGPL-2.1-or-later
#include "agent/late_starts.h"

#include "base/journal.h"

#include <utility>

namespace guestkeyd {

namespace {

void report(GuestId guest, bool started, const std::optional<Failure>& failure) {
    const JournalField field{"GUEST_UUID", guest.str()};
    if (failure)
        journal(Priority::Warning, "guest " + guest.str() + " starts with libvirtd, but cannot: " + failure->message(),
                {field});
    else if (started)
        journal(Priority::Notice, "started guest " + guest.str() + ", which libvirtd could not do without its keys",
                {field});
}

} // namespace

void LateStarts::start_all() {
    for (const auto& [guest, from] : std::exchange(refused_, {}))
        libvirt_.start_autostarted(
            guest, from, [guest = guest](bool started, const auto& failure) { report(guest, started, failure); });
}

} // namespace guestkeyd
