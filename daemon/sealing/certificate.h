// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "sealing/openssl_handles.h"

#include <string>
#include <string_view>

namespace guestkeyd {

// The first certificate in the PEM. InvalidArgs, in which it is called as given ("the certificate in FILE"), unless it
// is one that envelopes can be sealed to: of an elliptic curve key, for key agreement.
OpensslPtr<X509> parse_certificate(std::string_view pem, const std::string& called);

// A certificate for this host's key, signed by the key itself.
OpensslPtr<X509> make_certificate(EVP_PKEY& key);

std::string pem_of(const X509& certificate);

// In single quotes, fit to stand in a message.
std::string subject_of(const X509& certificate);
std::string issuer_of(const X509& certificate);

// SHA-256 in lower-case hex.
std::string fingerprint_of(const X509& certificate);

} // namespace guestkeyd
