// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "base/id.h"

#include <memory>
#include <optional>
#include <string>

namespace guestkeyd::guestkey {

enum class GuestPresence { Absent, Off, Active };

struct MigrationOptions {
    std::string uri{};       // for what QEMU sends; empty: libvirt chooses
    std::string disks_uri{}; // for disks
    bool unsafe = false;     // also with disks whose cache could be stale over there
};

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
    // Live, or its definition if it is off; it is then defined there and not here. Returns when it has arrived. The URI
    // is the other's: if it has a transport ("qemu+ssh://"), the two libvirts talk to each other, so that the
    // migration goes on without us; else over us.
    void migrate(const GuestId& guest, Hypervisor& to, const MigrationOptions& options);

  private:
    struct Handle;
    std::string uri_;
    std::unique_ptr<Handle> handle_;
};

} // namespace guestkeyd::guestkey
