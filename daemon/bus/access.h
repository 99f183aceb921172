// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "bus/raw_bus.h"

#include <string>
#include <utility>
#include <vector>

namespace guestkeyd {

// Who may call a member. The owner of a job is who has started it; other objects have none.
enum class Who { Everyone, Root, Polkit, OwnerOrPolkit };

// What is asked of polkit for one call.
struct PolkitQuestion {
    std::string action;
    std::vector<std::pair<std::string, std::string>> details;
};

// The rule for one member of one interface.
struct AccessRule {
    const char* interface;
    const char* member;
    Who who;
    const char* action;  // with Who::Polkit, Who::OwnerOrPolkit
    const char* guest;   // where the guest is named: "arg" (the first argument), "path", "option", or nullptr
    const char* volumes; // where volumes are: type of the second argument, "as" or "a(sa{sv})"; "option"; "named"
                         // (by path, or by pool and name, in the first argument); or nullptr
    // What stands before the options of a member whose option force asks for another action; else nullptr.
    const char* before_force;
};

// The one table of who may do what on the bus. A member without a row is refused to all but root.
const AccessRule* find_access_rule(const char* interface, const char* member);

// Reads the message, and rewinds it. UUIDs are put into the form that rules compare with; what is not a UUID is left
// out.
PolkitQuestion polkit_question(const AccessRule& rule, sd_bus_message* message);

} // namespace guestkeyd
