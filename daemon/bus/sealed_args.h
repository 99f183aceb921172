// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "agent/key_store.h"
#include "bus/options.h"
#include "sealing/envelope_content.h"

#include <optional>
#include <string_view>
#include <vector>

namespace guestkeyd {

// What the caller of AttachSealed says, in clear, about what is inside the envelope.
struct SealedClaim {
    std::optional<GuestId> guest;
    std::optional<std::vector<VolumeId>> volumes;

    [[nodiscard]] bool complete() const { return guest && volumes; }
};

// InvalidArgs.
SealedClaim parse_claim(OptionMap options);

// A push of keys that came in an envelope; the keys point into its text.
struct SealedPush {
    AttachRequest request;
    std::vector<std::string_view> keys;
};

// Checks as those of AttachKeys; none of its errors shows what was inside. BadEnvelope, also if it is not what the
// caller claimed; LimitsExceeded, Unsupported.
SealedPush parse_sealed(const EnvelopeContent& content, const SealedClaim& claim, std::size_t max_volumes,
                        std::size_t max_key_bytes);

} // namespace guestkeyd
