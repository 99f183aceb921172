// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "base/id.h"
#include "base/secret_buffer.h"

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace guestkeyd {

// Options of AttachKeys by name, their values as text that nobody has looked at yet.
using TextOptions = std::map<std::string, std::string, std::less<>>;

struct SealedKey {
    VolumeId volume;
    TextOptions options; // delivery, usage-type, usage-id
    std::string_view key;
};

// What is inside an envelope, lines of text:
//     guestkeyd-envelope 1
//     guest UUID
//     expires SECONDS            since 1970
//     OPTION TEXT                each at most once: name, lease, generation, exclusive, wipe-on, expected-within
//     volume UUID                for each volume
//     OPTION TEXT                each at most once: delivery, usage-type, usage-id
//     key TEXT
//     end
// A text is all that follows the one space, up to the end of the line.
struct EnvelopeContent {
    GuestId guest;
    std::uint64_t expires;
    TextOptions options;
    std::vector<SealedKey> keys; // they point into the text that was parsed
};

// BadEnvelope, naming the line and never showing it, for all but well-formed text of one key at least, each volume
// once; and if it expired. Now is in seconds since 1970.
EnvelopeContent parse_envelope_content(const SecretBuffer& text, std::uint64_t now);

// The inverse. No text may hold a newline.
SecretBuffer write_envelope_content(const EnvelopeContent& content);

} // namespace guestkeyd
