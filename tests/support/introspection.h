// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "support/connection.h"

#include <map>
#include <string>
#include <vector>

namespace guestkeyd::test {

enum class MemberKind { Method, Signal, Property };

struct DescribedMember {
    MemberKind kind;
    std::string interface;
    std::string name;
    // All that the description says of it, in one line.
    std::string line;
};

struct DescribedNode {
    std::vector<DescribedMember> members;
    std::vector<std::string> children;
};

// Introspection data, as the agent answers Introspect or as in dbus/*.xml.
DescribedNode parse_introspection(const std::string& xml);

// What Introspect tells this caller of each object of the agent, by its path, found from the root downwards.
std::map<std::string, DescribedNode> walk_agent(const Connection& caller);

} // namespace guestkeyd::test
