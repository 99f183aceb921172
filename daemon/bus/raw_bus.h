// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <memory>
#include <sdbus-c++/sdbus-c++.h>
#include <systemd/sd-bus.h>

namespace guestkeyd {

// sd-bus below sdbus-c++, for what the latter has no call for: a filter, fallback objects, requeueing a message. Valid
// as long as the connection. Only for the thread of the loop.
sd_bus* raw_bus(sdbus::IConnection& connection);

struct MessageRelease {
    void operator()(sd_bus_message* message) const { sd_bus_message_unref(message); }
};
using MessageRef = std::unique_ptr<sd_bus_message, MessageRelease>;

struct SlotRelease {
    void operator()(sd_bus_slot* slot) const { sd_bus_slot_unref(slot); }
};
using SlotRef = std::unique_ptr<sd_bus_slot, SlotRelease>;

struct TrackRelease {
    void operator()(sd_bus_track* track) const { sd_bus_track_unref(track); }
};
using TrackRef = std::unique_ptr<sd_bus_track, TrackRelease>;

} // namespace guestkeyd
