// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

namespace sdbus {
class IConnection;
}

namespace guestkeyd {

class Agent;
class EventLoop;

struct BusSettings {
    std::string version;
    std::size_t keys_per_guest;
    std::size_t key_bytes;
    std::chrono::seconds key_read_timeout;
    std::uint32_t polkit_calls_per_caller;
    std::chrono::seconds polkit_timeout;
};

// A connection to the system bus. It must outlive whatever may hold a call that is not answered yet: the agent, and the
// loop with what was posted to it.
class BusConnection {
  public:
    // Internal with a sentence for the admin if the bus cannot be reached.
    BusConnection();
    BusConnection(const BusConnection&) = delete;
    BusConnection& operator=(const BusConnection&) = delete;
    ~BusConnection();

  private:
    friend class Bus;
    std::unique_ptr<sdbus::IConnection> connection_;
};

// The agent on the system bus, as org.guestkeyd1 (see dbus/*.xml).
class Bus {
  public:
    // Exports and then takes the name. Internal with a sentence for the admin if that fails.
    Bus(BusConnection& connection, EventLoop& loop, Agent& agent, BusSettings settings);
    Bus(const Bus&) = delete;
    Bus& operator=(const Bus&) = delete;
    ~Bus();

  private:
    class Objects;
    std::unique_ptr<Objects> objects_;
};

} // namespace guestkeyd
