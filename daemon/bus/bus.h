// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

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

// The agent on the system bus, as org.guestkeyd1 (see dbus/*.xml).
class Bus {
  public:
    // Connects, exports and then takes the name. Internal with a sentence for the admin if that fails.
    Bus(EventLoop& loop, Agent& agent, BusSettings settings);
    Bus(const Bus&) = delete;
    Bus& operator=(const Bus&) = delete;
    ~Bus();

  private:
    class Objects;
    std::unique_ptr<Objects> objects_;
};

} // namespace guestkeyd
