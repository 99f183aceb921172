// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "base/id.h"

#include <memory>
#include <optional>
#include <string>

namespace guestkeyd::guestkey {

enum class GuestPresence { Absent, Off, Active };

// libvirt of a host. Errors are LibvirtUnavailable, or Internal with what libvirt says.
class Hypervisor {
  public:
    explicit Hypervisor(const std::string& uri);
    ~Hypervisor();
    Hypervisor(const Hypervisor&) = delete;
    Hypervisor& operator=(const Hypervisor&) = delete;

    // By name or UUID; none if there is no such guest.
    std::optional<GuestId> find(const std::string& guest);
    GuestPresence presence(const GuestId& guest);
    // As it is defined, without secrets.
    std::string xml(const GuestId& guest);
    void define(const std::string& xml);
    // Destroys and undefines what there is of it.
    void remove(const GuestId& guest);

  private:
    struct Handle;
    std::unique_ptr<Handle> handle_;
};

} // namespace guestkeyd::guestkey
