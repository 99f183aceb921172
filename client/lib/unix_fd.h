// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "base/error.h"
#include "base/unique_fd.h"

#include <cerrno>
#include <fcntl.h>
#include <sdbus-c++/Types.h>

namespace guestkeyd {

// For a message. UnixFd would duplicate without O_CLOEXEC, and a child of another thread would inherit keys.
inline sdbus::UnixFd unix_fd(const UniqueFd& fd) {
    const int copy = fcntl(fd.get(), F_DUPFD_CLOEXEC, 3);
    if (copy < 0)
        throw_errno(errno, "duplicate a file descriptor");
    return {copy, sdbus::adopt_fd};
}

} // namespace guestkeyd
