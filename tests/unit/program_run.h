// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "base/unique_fd.h"

#include <string>
#include <vector>

namespace guestkeyd::test {

struct ProgramResult {
    int status = -1; // of exit(3); minus the signal's number when killed by one
    std::string output;
    std::string errors;
};

// Runs a program to its end, and until nobody holds its output open any more. A test that waits too long for that
// fails, and the program is killed.
ProgramResult run_program(const std::string& path, const std::vector<std::string>& arguments,
                          const std::vector<std::string>& environment, const UniqueFd& input);
ProgramResult run_program(const std::string& path, const std::vector<std::string>& arguments,
                          const std::vector<std::string>& environment, const std::string& input);

} // namespace guestkeyd::test
