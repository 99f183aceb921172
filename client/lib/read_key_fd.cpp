// SPDX-License-Identifier: LGPL-2.1-or-later
#include "read_key_fd.h"

#include "base/error.h"

#include <cerrno>
#include <unistd.h>

namespace guestkeyd {

SecretBuffer read_key_fd(const UniqueFd& fd, std::size_t keys) {
    constexpr std::size_t kLongestLine = 4096 + 1;
    SecretBuffer text(keys * kLongestLine + 1);
    for (;;) {
        const auto length = read(fd.get(), text.room().data(), text.room().size());
        if (length < 0 && errno == EINTR)
            continue;
        if (length < 0)
            throw_errno(errno, "read keys");
        if (length == 0)
            return text;
        text.grow(static_cast<std::size_t>(length));
        if (text.room().empty())
            throw Failure(ErrorCode::InvalidArgs, "there is more to read than " + std::to_string(keys) +
                                                      " keys; give one key a line, of at most 4096 bytes");
    }
}

} // namespace guestkeyd
