// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/key_lines.h"

#include "base/error.h"
#include "cli/exit_status.h"
#include "cli/text.h"

#include <algorithm>
#include <cerrno>
#include <string_view>
#include <unistd.h>

namespace guestkeyd::cli {

namespace {

constexpr std::size_t kFirstCapacity = 16 * 1024;
constexpr std::size_t kLargest = 4 * 1024 * 1024; // the most that locked memory can be expected to hold

SecretBuffer with_more_room(const SecretBuffer& full, const std::string& source) {
    if (full.capacity() >= kLargest)
        throw Failure(ErrorCode::LimitsExceeded,
                      source + " is longer than " + human_bytes(kLargest) + "; give one key a line, for each volume");
    SecretBuffer larger(full.capacity() * 2);
    larger.append(full.view());
    return larger;
}

void require_key(std::string_view line, std::size_t number, const std::string& source) {
    const auto where = "line " + std::to_string(number) + " of " + source;
    if (line.empty())
        throw Failure(ErrorCode::InvalidArgs, where + " is empty; give one key a line, in their order");
    if (line.find('\0') != std::string_view::npos)
        throw Failure(ErrorCode::InvalidArgs,
                      where + " contains a NUL byte, which no key may; encode binary keys as base64 or hex");
    if (line.back() == '\r')
        warn(where + " ends in a carriage return, which becomes part of the key");
}

} // namespace

SecretBuffer read_to_end(int fd, const std::string& source) {
    SecretBuffer content(kFirstCapacity);
    for (;;) {
        if (content.room().empty())
            content = with_more_room(content, source);
        const auto room = content.room();
        const auto got = read(fd, room.data(), room.size());
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            throw_errno(errno, "read " + source);
        if (got == 0)
            return content;
        content.grow(static_cast<std::size_t>(got));
    }
}

SecretBuffer as_key_lines(const SecretBuffer& content, std::size_t wanted, const std::string& source) {
    SecretBuffer lines(content.size() + 1);
    lines.append(content.view());
    if (!content.view().empty() && content.view().back() != '\n')
        lines.append("\n");
    auto rest = lines.view();
    const auto count = static_cast<std::size_t>(std::count(rest.begin(), rest.end(), '\n'));
    if (count != wanted)
        throw Failure(ErrorCode::InvalidArgs, source + " has " + counted(count, "line") + " for " +
                                                  counted(wanted, "key") + "; give one key a line, in their order");
    for (std::size_t number = 1; number <= count; ++number) {
        const auto end = rest.find('\n');
        require_key(rest.substr(0, end), number, source);
        rest.remove_prefix(end + 1);
    }
    return lines;
}

} // namespace guestkeyd::cli
