// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/domain_xml.h"

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

constexpr std::size_t kLargest = 16 * 1024 * 1024;

Failure unreadable(const std::string& path, int error) {
    return Failure(ErrorCode::InvalidArgs, "cannot read domain XML from " + quoted(path) + ": " +
                                               std::generic_category().message(error) +
                                               "; give a file as written by virsh dumpxml");
}

std::string read_text(int fd, const std::string& path) {
    std::string text;
    std::array<char, 16 * 1024> piece{};
    for (;;) {
        const auto got = read(fd, piece.data(), piece.size());
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            throw unreadable(path, errno);
        if (got == 0)
            return text;
        text.append(piece.data(), static_cast<std::size_t>(got));
        if (text.size() > kLargest)
            throw unreadable(path, EFBIG);
    }
}

} // namespace

std::string read_domain_xml(const std::string& path) {
    if (path == "-")
        return read_text(STDIN_FILENO, path);
    const UniqueFd fd(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY));
    if (!fd)
        throw unreadable(path, errno);
    return read_text(fd.get(), path);
}

} // namespace guestkeyd::cli
