// SPDX-License-Identifier: LGPL-2.1-or-later
#include "sealed_memfd.h"

#include "base/error.h"
#include "guestkeyd/key_fd.h"

#include <cerrno>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

namespace guestkeyd {

UniqueFd sealed_memfd(const char* name, std::string_view content) {
    UniqueFd fd(memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING));
    if (!fd)
        throw_errno(errno, "create a memfd");
    while (!content.empty()) {
        const auto written = write(fd.get(), content.data(), content.size());
        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0)
            throw_errno(errno, "write to a memfd");
        content.remove_prefix(static_cast<std::size_t>(written));
    }
    if (lseek(fd.get(), 0, SEEK_SET) < 0 ||
        fcntl(fd.get(), F_ADD_SEALS, F_SEAL_WRITE | F_SEAL_GROW | F_SEAL_SHRINK | F_SEAL_SEAL) < 0)
        throw_errno(errno, "seal a memfd");
    return fd;
}

UniqueFd key_fd(const SecretBuffer& keys) {
    return sealed_memfd("guestkeyd-keys", keys.view());
}

} // namespace guestkeyd
