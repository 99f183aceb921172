// SPDX-License-Identifier: LGPL-2.1-or-later
#include "remote_seal.h"

#include "base/error.h"
#include "sealing/envelope.h"
#include "sealing/volume_envelope.h"

#include <ctime>

namespace guestkeyd {

std::vector<std::uint8_t> seal_volume_keys(std::string_view operation, const VolumePlace& volume,
                                           const SecretBuffer& keys, std::string_view certificate_pem) {
    const auto name = volume.path.empty() ? volume.pool + "/" + volume.name : volume.path;
    if (name.find('\n') != std::string::npos)
        throw Failure(ErrorCode::InvalidArgs, "the name of a volume has several lines; give one");
    const auto life = std::chrono::seconds(kEnvelopeLife).count();
    VolumeEnvelope content{std::string(operation), name, static_cast<std::uint64_t>(std::time(nullptr) + life), {}};
    for (auto rest = keys.view(); !rest.empty();) {
        const auto end = rest.find('\n');
        content.keys.push_back(rest.substr(0, end));
        rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
    }
    return seal(certificate_pem, write_volume_envelope(content));
}

} // namespace guestkeyd
