// SPDX-License-Identifier: LGPL-2.1-or-later
#include "guestkey/command_line.h"

#include "base/error.h"
#include "base/id.h"
#include "cli/json.h"

#include <algorithm>
#include <array>
#include <getopt.h>

namespace guestkeyd::guestkey {

namespace {

constexpr std::array kCommon{std::string_view("help"),      std::string_view("version"), std::string_view("json"),
                             std::string_view("no-legend"), std::string_view("quiet"),   std::string_view("database"),
                             std::string_view("unlock")};
constexpr int kFirst = 256; // what getopt returns for the first row, above all letters

Failure wrong_use(const std::string& what) {
    return {ErrorCode::InvalidArgs, what + "; see guestkey --help"};
}

std::vector<option> long_options() {
    std::vector<option> rows;
    int number = kFirst;
    for (const auto& row : option_rows())
        rows.push_back({row.name, row.argument ? required_argument : no_argument, nullptr, number++});
    rows.push_back({nullptr, 0, nullptr, 0});
    return rows;
}

// Tools with a command line of their own.
bool is_tool(const std::string& word) {
    return word == "virt-install" || word == "virt-manager";
}

bool is_group(const std::string& word) {
    return word == "host" || word == "volume" || word == "guest" || word == "policy";
}

void take_words(Invocation& invocation, std::vector<std::string> words) {
    if (words.empty())
        return;
    std::size_t used = 1;
    invocation.verb = words[0];
    if (is_group(words[0]) && words.size() > 1)
        invocation.verb += " " + words[used++];
    invocation.operands.assign(words.begin() + static_cast<std::ptrdiff_t>(used), words.end());
}

void take_option(Invocation& invocation, int found, const std::string& given) {
    if (found == 'h')
        invocation.options["help"] = "";
    else if (found == 'q')
        invocation.options["quiet"] = "";
    else if (found == 'j')
        invocation.output.json = cli::choose_json_mode();
    else if (found < kFirst)
        throw wrong_use((found == ':' ? "no value for option " : "unknown or ambiguous option ") + quoted(given));
    else
        invocation.options[option_rows()[static_cast<std::size_t>(found - kFirst)].name] = optarg ? optarg : "";
}

Invocation parse_words(std::vector<std::string> arguments) {
    std::vector<char*> argv;
    for (auto& argument : arguments)
        argv.push_back(argument.data());
    const auto count = static_cast<int>(argv.size());
    argv.push_back(nullptr);
    const auto known = long_options();
    Invocation invocation;
    optind = 0; // getopt starts afresh
    opterr = 0;
    for (int found = 0; (found = getopt_long(count, argv.data(), ":hjq", known.data(), nullptr)) != -1;)
        take_option(invocation, found, argv[static_cast<std::size_t>(optind) - 1]);
    take_words(invocation, {argv.begin() + optind, argv.begin() + count});
    if (const auto mode = invocation.maybe_text("json"))
        invocation.output.json = cli::parse_json_mode(*mode);
    invocation.output.legend = !invocation.has("no-legend");
    invocation.output.quiet = invocation.has("quiet");
    return invocation;
}

} // namespace

std::string Invocation::text(std::string_view option) const {
    return maybe_text(option).value_or("");
}

std::optional<std::string> Invocation::maybe_text(std::string_view option) const {
    const auto found = options.find(option);
    return found == options.end() ? std::nullopt : std::optional(found->second);
}

std::string Invocation::require(std::string_view option) const {
    const auto found = options.find(option);
    if (found == options.end() || found->second.empty())
        throw wrong_use(verb + " wants the option --" + std::string(option));
    return found->second;
}

Invocation parse_command_line(std::vector<std::string> arguments) {
    const auto tool = std::find_if(arguments.begin(), arguments.end(), is_tool);
    if (tool == arguments.end())
        return parse_words(std::move(arguments));
    auto invocation = parse_words({arguments.begin(), tool});
    if (!invocation.verb.empty())
        return parse_words(std::move(arguments));
    invocation.verb = *tool;
    invocation.operands.assign(tool + 1, arguments.end());
    return invocation;
}

const Verb& verb_of(const Invocation& invocation) {
    const auto name = invocation.verb.empty() ? "status" : invocation.verb;
    const auto verb = std::find_if(verbs().begin(), verbs().end(), [&](const Verb& each) { return each.name == name; });
    if (verb == verbs().end() && is_group(name))
        throw wrong_use(quoted(name) + " alone is no command");
    if (verb == verbs().end())
        throw wrong_use("unknown command " + quoted(name));
    if (invocation.operands.size() < verb->min_operands || invocation.operands.size() > verb->max_operands)
        throw wrong_use("it is: guestkey " + name + " " + std::string(verb->operands));
    for (const auto& [option, value] : invocation.options)
        if (std::find(kCommon.begin(), kCommon.end(), option) == kCommon.end() &&
            std::find(verb->options.begin(), verb->options.end(), option) == verb->options.end())
            throw wrong_use("option --" + option + " does not go with " + name);
    return *verb;
}

} // namespace guestkeyd::guestkey
