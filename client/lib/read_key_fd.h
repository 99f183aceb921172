// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "base/secret_buffer.h"
#include "base/unique_fd.h"

#include <cstddef>

namespace guestkeyd {

// What is in the descriptor, to its end. InvalidArgs for more than so many keys can take.
SecretBuffer read_key_fd(const UniqueFd& fd, std::size_t keys);

} // namespace guestkeyd
