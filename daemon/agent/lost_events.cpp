// SPDX-License-Identifier: LGPL-2.1-or-later
#include "agent/lost_events.h"

#include "agent/lifecycle.h"
#include "guests/libvirt.h"

namespace guestkeyd {

namespace {

using namespace std::chrono_literals;

// An event comes a millisecond after the hook has returned, if libvirtd is not busy.
constexpr auto kEventTakes = 2s;

} // namespace

LostEvents::LostEvents(EventLoop& loop, Libvirt& libvirt, Lifecycle& lifecycle, std::chrono::seconds interval)
    : loop_(loop), libvirt_(libvirt), lifecycle_(lifecycle), interval_(interval), next_(loop, [this] { compare(); }) {
    next_.arm(interval_);
}

void LostEvents::doubt(GuestId guest) {
    auto& timer = in_doubt_[guest];
    if (!timer)
        timer = std::make_unique<Timer>(loop_, [this, guest] { look_at(guest); });
    timer->arm(kEventTakes);
}

void LostEvents::settle(GuestId guest) {
    in_doubt_.erase(guest);
    looked_at_.erase(guest);
}

void LostEvents::compare() {
    libvirt_.list_guests([this](const std::vector<ListedGuest>& guests, const std::optional<Failure>& failure) {
        if (!failure) // else they are listed when libvirt answers again
            for (const auto& guest : lifecycle_.known_otherwise(guests))
                if (!in_doubt_.contains(guest))
                    doubt(guest);
        next_.arm(interval_);
    });
}

void LostEvents::look_at(GuestId guest) {
    in_doubt_.erase(guest);
    looked_at_.insert(guest);
    libvirt_.look_at(guest, [this, guest](const auto& found, const std::optional<Failure>& failure) {
        if (looked_at_.erase(guest) > 0 && !failure)
            lifecycle_.on_looked_at(guest, found);
    });
}

} // namespace guestkeyd
