// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/input_file.h"

#include "base/error.h"
#include "base/id.h"
#include "base/unique_fd.h"

#include <array>
#include <cerrno>
#include <fcntl.h>
#include <system_error>
#include <unistd.h>

namespace guestkeyd::cli {

namespace {

Failure unreadable(const std::string& path, const InputKind& kind, int error) {
    return Failure(ErrorCode::InvalidArgs, std::string("cannot read ") + kind.name + " from " + quoted(path) + ": " +
                                               std::generic_category().message(error) + "; " + kind.hint);
}

std::string read_text(int fd, const std::string& path, const InputKind& kind) {
    std::string text;
    std::array<char, 16 * 1024> piece{};
    for (;;) {
        const auto got = read(fd, piece.data(), piece.size());
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            throw unreadable(path, kind, errno);
        if (got == 0)
            return text;
        text.append(piece.data(), static_cast<std::size_t>(got));
        if (text.size() > kind.most)
            throw unreadable(path, kind, EFBIG);
    }
}

} // namespace

std::string read_input(const std::string& path, const InputKind& kind) {
    if (path == "-")
        return read_text(STDIN_FILENO, path, kind);
    const UniqueFd fd(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY));
    if (!fd)
        throw unreadable(path, kind, errno);
    return read_text(fd.get(), path, kind);
}

} // namespace guestkeyd::cli
