// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "base/id.h"

#include <string>

namespace guestkeyd {

// What libvirt tells about a guest's life: virDomainEventType and its details, under the same names and numbers
// (https://libvirt.org/html/libvirt-libvirt-domain.html#virDomainEventType; guests/libvirt_events.cpp asserts it).
enum class GuestHappened {
    Defined = 0,
    Undefined = 1,
    Started = 2,
    Suspended = 3,
    Resumed = 4,
    Stopped = 5,
    Shutdown = 6,
    PmSuspended = 7,
    Crashed = 8,
};

enum class UndefinedBecause { Removed = 0, Renamed = 1 };

enum class SuspendedBecause { Paused = 0, Migrated = 1, PostCopy = 7 };

enum class StoppedBecause {
    Shutdown = 0,
    Destroyed = 1,
    Crashed = 2,
    Migrated = 3,
    Saved = 4,
    Failed = 5,
    FromSnapshot = 6,
};

struct GuestEvent {
    GuestId guest;
    std::string name;
    GuestHappened happened;
    int detail; // of the enumeration that belongs to happened
};

// What a guest comes to run from.
enum class StartFrom { Disk, SavedState, AnotherHost };

// A guest as libvirt lists it.
struct ListedGuest {
    GuestId guest;
    std::string name;
    bool running;
    bool persistent;
    // Why it is off, when libvirt remembers: it forgets when it is restarted.
    std::optional<StoppedBecause> stopped_because;
    // It is being started here, or received by migration. One that is stopped for an instant, to be handed over to
    // another host, looks the same.
    bool arriving = false;
    bool leaving = false; // what is left of its memory follows it to the other host
};

} // namespace guestkeyd
