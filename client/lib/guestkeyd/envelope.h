// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "guestkeyd/client.h"

#include <chrono>
#include <cstdint>
#include <string_view>
#include <vector>

namespace guestkeyd {

// The request and its keys, one a line in the order of the volumes, in an envelope that only the host with this
// certificate (PEM) can open, and takes no later than so long from now: Client::attach_sealed there does the rest.
// Needs no agent here. InvalidArgs; LimitsExceeded for more than an envelope takes.
std::vector<std::uint8_t> seal_keys(const AttachRequest& request, const SecretBuffer& keys,
                                    std::string_view certificate_pem, std::chrono::seconds valid_for);

} // namespace guestkeyd
