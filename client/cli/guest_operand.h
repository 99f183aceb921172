// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "guestkeyd/client.h"

#include <optional>
#include <string>
#include <vector>

namespace guestkeyd::cli {

// The guest of that name among those that have keys; NoSuchGuest or InvalidArgs if it is not exactly one.
GuestId guest_named(const std::string& name, const std::vector<Guest>& guests);

// Makes guests of the GUEST operands of a command line: UUIDs, or names, for which the agent is asked once.
class GuestOperands {
  public:
    explicit GuestOperands(Client& client) : client_(client) {}

    GuestId operator()(const std::string& operand);

  private:
    Client& client_;
    std::optional<std::vector<Guest>> guests_;
};

} // namespace guestkeyd::cli
