// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/arguments.h"

#include "base/error.h"
#include "base/id.h"

#include <algorithm>
#include <getopt.h>

namespace guestkeyd::cli {

namespace {

constexpr const char* kShortOptions = ":hH:jq"; // the colon: tell a missing value from an unknown option
constexpr int kFirstLong = 256;                 // what getopt returns for the first row, above all letters

std::vector<option> long_options() {
    std::vector<option> rows;
    const auto options = option_rows();
    for (std::size_t i = 0; i < options.size(); ++i)
        if (options[i].name)
            rows.push_back({options[i].name, options[i].argument ? required_argument : no_argument, nullptr,
                            kFirstLong + static_cast<int>(i)});
    rows.push_back({nullptr, 0, nullptr, 0});
    return rows;
}

const OptionRow& row_of(int found) {
    const auto options = option_rows();
    if (found >= kFirstLong)
        return options[static_cast<std::size_t>(found - kFirstLong)];
    return *std::find_if(options.begin(), options.end(), [found](const OptionRow& row) { return row.letter == found; });
}

[[noreturn]] void refuse(int what, const std::string& argument) {
    const auto name = quoted(argument.substr(0, argument.find('=')));
    if (what == ':')
        throw Failure(ErrorCode::InvalidArgs, "option " + name + " needs a value; see guestkeyctl --help");
    throw Failure(ErrorCode::InvalidArgs, (optopt >= kFirstLong ? "option " + name + " takes no value"
                                                                : "unknown or ambiguous option " + name) +
                                              "; see guestkeyctl --help");
}

// Verbs of these are two words.
bool is_group(const std::string& word) {
    return word == "volume" || word == "job";
}

std::string take_first(std::vector<std::string>& words) {
    auto first = std::move(words.front());
    words.erase(words.begin());
    return first;
}

} // namespace

Invocation parse_arguments(std::vector<std::string> arguments) {
    std::vector<char*> argv;
    for (auto& argument : arguments)
        argv.push_back(argument.data());
    const auto count = static_cast<int>(argv.size());
    argv.push_back(nullptr);
    const auto known = long_options();
    Invocation invocation;
    optind = 0; // getopt starts afresh
    opterr = 0;
    for (int found = 0; (found = getopt_long(count, argv.data(), kShortOptions, known.data(), nullptr)) != -1;) {
        if (found == '?' || found == ':')
            refuse(found, argv[static_cast<std::size_t>(optind) - 1]);
        const auto& row = row_of(found);
        row.apply(invocation.options, optarg);
        if (row.reach == Reach::OwnVerbs)
            invocation.own_options.emplace_back(row.name);
    }
    invocation.operands.assign(argv.begin() + optind, argv.begin() + count);
    if (!invocation.operands.empty()) {
        invocation.verb = take_first(invocation.operands);
        if (is_group(invocation.verb) && !invocation.operands.empty())
            invocation.verb += " " + take_first(invocation.operands);
    }
    return invocation;
}

} // namespace guestkeyd::cli
