// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "base/secret_buffer.h"
#include "guestkeyd/volume.h"

#include <chrono>
#include <cstdint>
#include <string_view>
#include <vector>

namespace guestkeyd {

// Of an envelope that is sent at once; so much may the clocks of both hosts differ.
inline constexpr std::chrono::minutes kEnvelopeLife(5);

// Keys, one a line, for an operation ("create", "reencrypt", "test") on a volume, in an envelope for the host with this
// certificate (PEM). InvalidArgs.
std::vector<std::uint8_t> seal_volume_keys(std::string_view operation, const VolumePlace& volume,
                                           const SecretBuffer& keys, std::string_view certificate_pem);

} // namespace guestkeyd
