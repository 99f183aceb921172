// SPDX-License-Identifier: LGPL-2.1-or-later
#include "own_listener.h"

#include "base/error.h"

#include <cerrno>
#include <cstddef>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace guestkeyd {

std::string listen_anywhere(const UniqueFd& socket) {
    sockaddr_un address{AF_UNIX, {}};
    auto* any = reinterpret_cast<sockaddr*>(&address);
    socklen_t length = sizeof(address);
    if (bind(socket.get(), any, sizeof(sa_family_t)) < 0 || listen(socket.get(), 1) < 0 ||
        getsockname(socket.get(), any, &length) < 0)
        throw_errno(errno, "make a socket for ssh");
    constexpr auto kBefore = offsetof(sockaddr_un, sun_path) + 1; // a NUL: the name is in no file system
    return {address.sun_path + 1, length - kBefore};
}

bool is_of_this_process(const UniqueFd& connection) {
    ucred peer{};
    socklen_t length = sizeof(peer);
    return getsockopt(connection.get(), SOL_SOCKET, SO_PEERCRED, &peer, &length) == 0 && peer.pid == getpid();
}

} // namespace guestkeyd
