// SPDX-License-Identifier: LGPL-2.1-or-later
#include "hook_input.h"

#include "base/error.h"

#include <array>
#include <cerrno>
#include <fcntl.h>
#include <poll.h>
#include <sys/mman.h>
#include <unistd.h>

namespace guestkeyd {

namespace {

void wait_readable(int fd, const Deadline& deadline) {
    for (;;) {
        pollfd poll_fd{fd, POLLIN, 0};
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline.remaining());
        const int ready = poll(&poll_fd, 1, static_cast<int>(left.count()));
        if (ready > 0)
            return;
        if (ready == 0)
            throw Failure(ErrorCode::Internal, "libvirt did not send its domain XML in time");
        if (errno != EINTR)
            throw_errno(errno, "wait for the domain XML");
    }
}

} // namespace

std::string read_standard_input(std::size_t max, const Deadline& deadline) {
    std::string text;
    std::array<char, 64 * 1024> chunk;
    while (text.size() <= max) {
        wait_readable(STDIN_FILENO, deadline);
        const auto n = read(STDIN_FILENO, chunk.data(), chunk.size());
        if (n == 0)
            break;
        if (n < 0 && errno != EINTR && errno != EAGAIN)
            throw_errno(errno, "read the domain XML");
        if (n > 0)
            text.append(chunk.data(), static_cast<std::size_t>(n));
    }
    return text;
}

UniqueFd sealed_copy(std::string_view text) {
    UniqueFd memory(memfd_create("domain-xml", MFD_CLOEXEC | MFD_ALLOW_SEALING));
    if (!memory)
        throw_errno(errno, "make a memfd for the domain XML");
    while (!text.empty()) {
        const auto n = write(memory.get(), text.data(), text.size());
        if (n < 0)
            throw_errno(errno, "write the domain XML to a memfd");
        text.remove_prefix(static_cast<std::size_t>(n));
    }
    if (lseek(memory.get(), 0, SEEK_SET) < 0 ||
        fcntl(memory.get(), F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL) < 0)
        throw_errno(errno, "seal the domain XML");
    return memory;
}

} // namespace guestkeyd
