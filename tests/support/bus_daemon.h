// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "support/process.h"
#include "support/temp_dir.h"

#include <string>

namespace guestkeyd::test {

// A dbus-daemon of the test's own, at an address of its own.
class BusDaemon {
  public:
    // What is in its <busconfig>, but for the address; services that it activates have the address for the system bus.
    explicit BusDaemon(const std::string& configuration, Environment environment = {});

    [[nodiscard]] const std::string& address() const { return address_; }
    [[nodiscard]] pid_t pid() const { return process_.pid(); }
    [[nodiscard]] std::string log() const { return read_file(dir_ / "log"); }

  private:
    [[nodiscard]] Command command(const std::string& configuration, Environment environment) const;
    [[nodiscard]] bool accepts() const;

    TempDir dir_;
    std::string address_;
    Process process_;
};

} // namespace guestkeyd::test
