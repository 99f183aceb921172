// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "guests/guest_event.h"
#include "guests/vir_handles.h"

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace guestkeyd {

using OnGuestEvent = std::function<void(GuestEvent)>;

// The calls to libvirt's domain driver; each may block for as long as a hook of a guest runs.
std::vector<ListedGuest> list_guests(virConnectPtr connection);
// None if libvirt does not know it.
std::optional<ListedGuest> find_guest(virConnectPtr connection, GuestId guest);

// The XML that a guest is started from. NoSuchGuest if libvirt does not know it.
std::string persistent_xml(virConnectPtr connection, GuestId guest);

// Starts a guest that is off and marked to be started with libvirt; from a saved state only if libvirt keeps that with
// the guest. False for any other guest.
bool start_autostarted(virConnectPtr connection, GuestId guest, StartFrom from);

// Subscription to lifecycle events; on_event runs on libvirt's event thread and must outlive the subscription.
class LifecycleEvents {
  public:
    LifecycleEvents(virConnectPtr connection, const OnGuestEvent& on_event);
    LifecycleEvents(const LifecycleEvents&) = delete;
    LifecycleEvents& operator=(const LifecycleEvents&) = delete;
    ~LifecycleEvents();

  private:
    virConnectPtr connection_;
    int callback_;
};

} // namespace guestkeyd
