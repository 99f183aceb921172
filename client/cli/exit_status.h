// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "base/error.h"

#include <string>
#include <vector>

namespace guestkeyd::cli {

// As documented in guestkeyctl(1).
enum ExitStatus : int {
    kDone = 0,
    kKeysMissing = 1,
    kWrongUse = 2,
    kNotAllowed = 3,
    kNotThere = 4,
    kInUse = 5,
    kLimitReached = 6,
    kUnreachable = 7,
    kNotWiped = 8,
    kFailed = 9,
    kStale = 10,
    kBadEnvelope = 11,
    kNotTrusted = 12,
    kWrongKey = 13,
    kCancelled = 14,
};

int exit_status(const Failure& failure);

// What messages begin with and name; guestkeyctl unless something else is said, once, at the start.
void set_program_name(const char* name);

// Tells the user on standard error.
void complain(const Failure& failure);
void warn(const std::string& sentence);

// Does something to every operand. A failure is told and does not keep the others from their turn; returns the exit
// status of the first, or of the first operand that returned another than kDone.
template <typename Action> int for_each_operand(const std::vector<std::string>& operands, Action&& action) {
    int first = kDone;
    for (const auto& operand : operands) {
        int status = kDone;
        try {
            status = action(operand);
        } catch (const Failure& failure) {
            complain(failure);
            status = exit_status(failure);
        }
        if (first == kDone)
            first = status;
    }
    return first;
}

} // namespace guestkeyd::cli
