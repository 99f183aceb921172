// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "base/secret_buffer.h"
#include "sealing/host_identity.h"

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace guestkeyd {

// An envelope is CMS AuthEnvelopedData (RFC 5083) with AES-256-GCM, whose content key is agreed upon (ECDH, RFC 5753)
// with the key of a host's certificate. In DER or PEM: "openssl cms -encrypt -aes-256-gcm -binary" makes one.
inline constexpr std::size_t kMaxEnvelopeBytes = 1024 * 1024;

// What is inside an envelope that is sealed to this host, decrypted into this buffer and nowhere else. BadEnvelope for
// everything else: one for another host, with another or no authentication, altered, or whose content is not UTF-8.
SecretBuffer open_envelope(const HostIdentity& identity, std::span<const std::uint8_t> envelope);

// An envelope in DER. InvalidArgs for what is not a certificate that can be sealed to. Whether its owner may have the
// content is for require_trusted to say.
std::vector<std::uint8_t> seal(std::string_view recipient_certificate_pem, const SecretBuffer& content);

} // namespace guestkeyd
