// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "support/bus_daemon.h"
#include "support/connection.h"

#include <optional>

namespace guestkeyd::test {

// The bus of a user's desktop session, with GNOME Keyring as its Secret Service once the user has logged in. Nobody
// sits there to answer its questions.
class DesktopSession {
  public:
    DesktopSession();

    [[nodiscard]] Environment environment() const { return {{"DBUS_SESSION_BUS_ADDRESS", bus_.address()}}; }
    void log_in();
    void lock_secrets();
    void lose_secrets(); // and where they were: the service has no collection
    void end_secret_service() { service_.reset(); }

  private:
    void start_service(const std::string& command);

    BusDaemon bus_;
    TempDir home_;
    Connection connection_{bus_.address()};
    std::optional<Process> service_;
};

} // namespace guestkeyd::test
