// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "cli/options.h"

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace guestkeyd::guestkey {

// A command line, taken apart.
struct Invocation {
    std::string verb{};
    std::vector<std::string> operands{};
    std::map<std::string, std::string, std::less<>> options{}; // by their names; a flag's value is empty
    cli::Options output{};                                     // what is common with guestkeyctl: --json and the like

    [[nodiscard]] bool has(std::string_view option) const { return options.contains(option); }
    [[nodiscard]] std::string text(std::string_view option) const; // empty: not given
    [[nodiscard]] std::optional<std::string> maybe_text(std::string_view option) const;
    [[nodiscard]] std::string require(std::string_view option) const; // InvalidArgs: not given
};

struct OptionRow {
    const char* name;
    const char* argument; // nullptr: none
    const char* help;
};

struct Verb {
    std::string_view name;
    std::string_view operands; // as --help shows them
    std::size_t min_operands;
    std::size_t max_operands;
    std::vector<std::string_view> options; // besides those of every verb
    int (*run)(const Invocation&);
    std::string_view help;
};

std::span<const OptionRow> option_rows();
const std::vector<Verb>& verbs();

// InvalidArgs for a line that does not fit a verb. The first of arguments is the program's name.
Invocation parse_command_line(std::vector<std::string> arguments);
const Verb& verb_of(const Invocation& invocation);
int show_help(const Invocation& invocation);

} // namespace guestkeyd::guestkey
