// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "bus/polkit.h"
#include "bus/raw_bus.h"

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace guestkeyd {

// Stands before every method call that reaches this connection, the bus's standard interfaces included, and lets it
// through only if the table in access.cpp says so. Objects behind it need not ask, and cannot forget to. A call that
// polkit allows is put back into the connection's queue and comes by once more, so that it meets the state of then.
class Gate {
  public:
    // owner_of: the uid of the owner of the object at a path, if it has one.
    Gate(sd_bus* bus, PolkitLimits limits, std::function<std::optional<uid_t>(const char* path)> owner_of);

    // The uid of a sender whose call was let through.
    [[nodiscard]] uid_t uid_of(const std::string& sender) const;

  private:
    static int on_message(sd_bus_message* message, void* self, sd_bus_error* error);
    int check(sd_bus_message* message);
    uid_t learn_uid(sd_bus_message* message);
    bool take_approved(sd_bus_message* message);
    void ask_polkit(const AccessRule& rule, sd_bus_message* message);
    static int refuse(sd_bus_message* message, const Failure& failure);

    sd_bus* bus_;
    Polkit polkit_;
    const std::function<std::optional<uid_t>(const char*)> owner_of_;
    SlotRef filter_;
    // Names on the bus are never used again, so what is known of one stays true.
    std::map<std::string, uid_t, std::less<>> uids_;
    std::vector<MessageRef> approved_;
};

} // namespace guestkeyd
