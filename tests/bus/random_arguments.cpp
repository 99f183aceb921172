// SPDX-License-Identifier: LGPL-2.1-or-later
#include "random_arguments.h"

#include "base/error.h"
#include "support/agent_calls.h"
#include "support/key_fd.h"

#include <array>
#include <cstdint>
#include <fcntl.h>
#include <systemd/sd-bus.h>

namespace guestkeyd::test {

namespace {

// The complete type at the start of a signature that is well formed.
std::string first_type(const std::string& types) {
    std::size_t end = 0;
    for (int depth = 0;; ++end) {
        const char c = types.at(end);
        depth += c == '(' || c == '{' ? 1 : 0;
        depth -= c == ')' || c == '}' ? 1 : 0;
        if (depth == 0 && c != 'a')
            return types.substr(0, end + 1);
    }
}

} // namespace

void RandomArguments::append(sd_bus_message* message, const std::string& types) {
    for (auto rest = types; !rest.empty();) {
        const auto type = first_type(rest);
        append_one(message, type);
        rest.erase(0, type.size());
    }
}

void RandomArguments::append_one(sd_bus_message* message, const std::string& type) {
    const auto number = static_cast<std::uint64_t>(random_());
    const auto boolean = static_cast<int>(below(2));
    switch (type.front()) {
    case 'h':
        check_errno(sd_bus_message_append(message, "h", descriptor().get()), "make a message");
        break;
    case 's':
        check_errno(sd_bus_message_append(message, "s", text().c_str()), "make a message");
        break;
    case 'b':
        check_errno(sd_bus_message_append(message, "b", boolean), "make a message");
        break;
    case 'v':
        append_container(message, 'v', first_type(types() + "b"));
        break;
    case 'a':
        append_container(message, 'a', type.substr(1));
        break;
    case '(':
    case '{':
        append_container(message, type.front() == '(' ? 'r' : 'e', type.substr(1, type.size() - 2));
        break;
    default:
        check_errno(sd_bus_message_append_basic(message, type.front(), &number), "make a message");
    }
}

void RandomArguments::append_container(sd_bus_message* message, char kind, const std::string& contents) {
    check_errno(sd_bus_message_open_container(message, kind, contents.c_str()), "make a message");
    for (auto count = kind == 'a' ? below(2) * below(4) : std::size_t{1}; count > 0; --count)
        append(message, contents);
    check_errno(sd_bus_message_close_container(message), "make a message");
}

std::string RandomArguments::types() {
    static const std::array<std::string, 12> choices{"s",  "b",     "h",    "u",         "t",       "as",
                                                     "ay", "a{sv}", "(su)", "a(sa{sv})", "(s(ab))", "a{s(uas)}"};
    std::string types;
    for (auto count = below(5); count > 0; --count)
        types += choices.at(below(choices.size()));
    return types;
}

std::string RandomArguments::text() {
    static const std::array<std::string, 24> words{
        "delivery",   "device", "mapping", "usage-type", "usage-id",   "name",    "exclusive",         "force",
        "domain-xml", "none",   "guest",   "volumes",    "volume",     "prepare", "release",           "libvirt-secret",
        "",           "%s%n",   "\n",      "../../etc",  "ünïcödé \t", "-1",      "<domain></domain>", "test"};
    if (below(2) == 0)
        return uuid_of("random " + std::to_string(below(5)));
    if (below(2) == 0)
        return words.at(below(words.size()));
    std::string text;
    for (auto length = below(below(20) == 0 ? 20000 : 40); length > 0; --length)
        text += static_cast<char>(1 + below(127));
    return text;
}

UniqueFd RandomArguments::descriptor() {
    std::string content;
    for (auto lines = below(4); lines > 0; --lines)
        content += text() + "\n";
    switch (below(100)) {
    case 0:
        return make_pipe().reading;
    case 1:
        return UniqueFd(open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    case 2:
        return unsealed_memfd(content);
    default:
        return below(2) == 0 ? pipe_with(content) : sealed_memfd(content);
    }
}

} // namespace guestkeyd::test
