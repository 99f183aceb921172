// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "support/connection.h"

#include <vector>

namespace guestkeyd::test {

struct ReceivedSignal {
    std::string path;
    std::string member;
    std::string text;
};

// Hears the signals of the agent, as far as the bus lets this caller.
class Signals {
  public:
    explicit Signals(const Connection& connection);
    Signals(const Signals&) = delete;
    Signals& operator=(const Signals&) = delete;

    // The oldest signal of that name, once it is there; it is taken from the list. Throws when none comes.
    ReceivedSignal next(const std::string& member);
    // All that the bus has sent until now.
    const std::vector<ReceivedSignal>& so_far();

  private:
    static int on_signal(sd_bus_message* message, void* self, sd_bus_error* error);

    const Connection& connection_;
    std::vector<ReceivedSignal> received_;
    Slot slot_;
};

} // namespace guestkeyd::test
