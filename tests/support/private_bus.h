// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "support/bus_daemon.h"

#include <string>

namespace guestkeyd::test {

struct BusOptions {
    std::string service;     // content of a service file for activation; empty: none
    Environment environment; // of the bus, which it hands on to services it activates
};

// A bus of type system of the test's own: denies all but what Debian's does, plus the project's own policy, taken as it
// is. Root may also stand in for polkit.
class PrivateBus {
  public:
    explicit PrivateBus(const BusOptions& options = {});

    [[nodiscard]] const std::string& address() const { return daemon_.address(); }
    // For programs that shall take this bus for the system bus.
    [[nodiscard]] Environment environment() const { return {{"DBUS_SYSTEM_BUS_ADDRESS", address()}}; }
    [[nodiscard]] pid_t pid() const { return daemon_.pid(); }
    [[nodiscard]] std::string log() const { return daemon_.log(); }

  private:
    [[nodiscard]] std::string configuration(const BusOptions& options) const;

    TempDir services_;
    BusDaemon daemon_;
};

} // namespace guestkeyd::test
