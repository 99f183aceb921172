// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "base/secret_buffer.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace guestkeyd {

// What is inside an envelope with keys for work on a volume, lines of text:
//     guestkeyd-volume-envelope 1
//     operation NAME             create, test or reencrypt
//     volume NAME                its path, or POOL/NAME
//     expires SECONDS            since 1970
//     key TEXT                   of reencrypt two: the old one, then the new
//     end
// A text is all that follows the one space, up to the end of the line. So keys that were sealed for one thing cannot be
// used for another. How the work is to be done is for the caller to say.
struct VolumeEnvelope {
    std::string operation;
    std::string volume;
    std::uint64_t expires;
    std::vector<std::string_view> keys; // they point into the text that was parsed
};

// BadEnvelope, naming the line and never showing it, for all but well-formed text of one key at least; and if it
// expired. Now is in seconds since 1970.
VolumeEnvelope parse_volume_envelope(const SecretBuffer& text, std::uint64_t now);

// The inverse. No text may hold a newline.
SecretBuffer write_volume_envelope(const VolumeEnvelope& content);

} // namespace guestkeyd
