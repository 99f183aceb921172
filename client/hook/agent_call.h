// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "base/unique_fd.h"
#include "deadline.h"

#include <string>

namespace guestkeyd {

// What libvirt tells a hook, and GuestHook of org.guestkeyd1.Manager is told in turn.
struct HookReport {
    std::string guest; // UUID
    std::string operation;
    std::string sub_operation;
    std::string extra;
    UniqueFd domain_xml;
};

struct AgentAnswer {
    enum class Kind {
        Accepted,
        Refused,    // by the agent; text is its message
        NotRunning, // nobody owns its name on the bus
        NoAnswer,   // text says why
    };
    Kind kind;
    std::string text;
};

// Calls GuestHook and waits for the answer: until the deadline, and on until longest as long as the agent shows that it
// lives, because it has volumes to open.
AgentAnswer ask_agent(const HookReport& report, const Deadline& deadline, const Deadline& longest);

// Sends the report to the agent if that is running. Returns when the agent has received it, without waiting for what it
// does about it, or when the deadline has passed. Throws Failure if the report cannot be sent.
void tell_agent(const HookReport& report, const Deadline& deadline);

} // namespace guestkeyd
