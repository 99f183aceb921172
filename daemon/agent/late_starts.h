// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "base/id.h"
#include "guests/libvirt.h"

#include <map>

namespace guestkeyd {

// Guests that could not start because libvirt took no keys yet. A libvirtd that does everything starts those that are
// marked so before it answers anybody; they are started once it does.
class LateStarts {
  public:
    explicit LateStarts(Libvirt& libvirt) : libvirt_(libvirt) {}

    void remember(GuestId guest, StartFrom from) { refused_.insert_or_assign(guest, from); }
    // To be called each time libvirt has become connected.
    void start_all();

  private:
    Libvirt& libvirt_;
    std::map<GuestId, StartFrom> refused_;
};

} // namespace guestkeyd
