// SPDX-License-Identifier: LGPL-2.1-or-later
#include "base/error.h"

#include <system_error>

namespace guestkeyd {

void throw_errno(int error, const std::string& doing) {
    throw Failure(ErrorCode::Internal, doing + ": " + std::generic_category().message(error));
}

int check_errno(int result, const char* doing) {
    if (result < 0)
        throw_errno(-result, doing);
    return result;
}

} // namespace guestkeyd
