// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "base/secret_buffer.h"

#include <optional>
#include <string_view>

namespace guestkeyd {

// What the text stands for in base64 (RFC 4648, section 4), padded; none if it is not that.
std::optional<SecretBuffer> decode_base64(std::string_view text);

} // namespace guestkeyd
