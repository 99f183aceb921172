// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "support/connection.h"

#include <string>

namespace guestkeyd::test {

// What the arguments of the calls below name.
struct CallSubject {
    std::string guest;
    std::string volume;
    std::string certificate; // of this host, to seal to
    std::string recipient;   // certificate of a host that this one trusts
    std::string file;        // an encrypted volume
};

// Calls a method with arguments that make sense; a member that is no method known here is read as a property.
Answer call_member(const Connection& caller, const Member& member, const CallSubject& subject);

// "ok", or the last part of the name of the error.
std::string outcome_of(const Answer& answer);

} // namespace guestkeyd::test
