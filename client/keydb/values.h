// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "base/secret_buffer.h"

#include <cstdint>
#include <string>

namespace guestkeyd::keydb {

std::int64_t now();            // seconds since 1970
std::string new_uuid();        // random, RFC 4122 section 4.4
SecretBuffer new_volume_key(); // 256 random bits in hex: QEMU wants text

} // namespace guestkeyd::keydb
