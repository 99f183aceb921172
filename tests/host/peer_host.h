// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "host/libvirt_guest.h"

#include <filesystem>
#include <string>
#include <vector>

namespace guestkeyd::test {

// Another host beside the one that the tests run on, with a bus, polkitd, libvirtd and hook of its own: guests migrate
// between the two. They see the same files, but for those that a host has for itself: /run, and those of libvirt.
class PeerHost {
  public:
    // Made at the first call; it ends with the test program.
    static PeerHost& instance();

    // A command that runs there, in the place of the process that is told to run it.
    [[nodiscard]] std::vector<std::string> enter(std::vector<std::string> command) const;
    [[nodiscard]] std::string bus_address() const { return "unix:path=" + file("run/dbus/system_bus_socket").string(); }
    [[nodiscard]] std::string libvirt() const;
    // The libvirtd of this host, for those there.
    [[nodiscard]] std::string libvirt_here() const;
    // What the host has for itself: run, lib (/var/lib/libvirt).
    [[nodiscard]] std::filesystem::path file(std::string_view name) const { return dir_ / name; }

    [[nodiscard]] Finished virsh(std::vector<std::string> arguments) const;
    // As tests/rig/libvirtd.
    void libvirtd(const std::string& action) const;
    [[nodiscard]] pid_t qemu(const LibvirtGuest& guest) const;
    // Every guest is destroyed and undefined.
    void clear() const;

  private:
    PeerHost();

    std::filesystem::path dir_;
    Process process_;
};

} // namespace guestkeyd::test
