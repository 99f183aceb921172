// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "base/id.h"
#include "base/secret_buffer.h"

#include <string>
#include <string_view>
#include <vector>

namespace guestkeyd {

// The keys in a text of one key a line, one for each volume, in that order; a newline after the last is allowed. The
// views point into the text. InvalidArgs, naming the volume, for a key that is empty, too long, holds NUL or is not
// UTF-8, and for more or fewer lines than volumes.
std::vector<std::string_view> split_keys(const SecretBuffer& text, const std::vector<VolumeId>& volumes,
                                         std::size_t max_key_bytes);

// The same for keys that are not of volumes with a UUID; titles is how messages name each: "the key of ...".
std::vector<std::string_view> split_keys(const SecretBuffer& text, const std::vector<std::string>& titles,
                                         std::size_t max_key_bytes);

// The same for a single key.
void check_key(std::string_view key, VolumeId volume, std::size_t max_key_bytes);

} // namespace guestkeyd
