// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "cli/options.h"

#include <span>

namespace guestkeyd::cli {

// Whether every verb takes an option, or only those that list it.
enum class Reach { EveryVerb, OwnVerbs };

struct OptionRow {
    char letter;          // 0: none
    const char* name;     // nullptr: none
    const char* argument; // nullptr: none
    Reach reach;
    void (*apply)(Options& options, const char* value);
    const char* help;
};

// All options, in the order of --help.
std::span<const OptionRow> option_rows();

// InvalidArgs for an unknown option, a missing or a superfluous value. Options and operands may be mixed; "--" ends
// the options. The first of arguments is the program's name.
Invocation parse_arguments(std::vector<std::string> arguments);

} // namespace guestkeyd::cli
