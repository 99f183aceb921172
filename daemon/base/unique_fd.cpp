// SPDX-License-Identifier: LGPL-2.1-or-later
#include "base/unique_fd.h"

#include "base/error.h"

#include <cerrno>
#include <fcntl.h>
#include <unistd.h>

namespace guestkeyd {

UniqueFd UniqueFd::duplicate(int fd) {
    const int copy = fcntl(fd, F_DUPFD_CLOEXEC, 3);
    if (copy < 0)
        throw_errno(errno, "duplicate a file descriptor");
    return UniqueFd(copy);
}

void UniqueFd::reset() {
    if (fd_ >= 0)
        close(std::exchange(fd_, -1));
}

} // namespace guestkeyd
