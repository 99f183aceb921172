// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "base/secret_buffer.h"
#include "sealing/openssl_handles.h"

#include <string>
#include <string_view>

namespace guestkeyd {

struct KeyPair {
    OpensslPtr<EVP_PKEY> key;
    OpensslPtr<X509> certificate;
};

// A new private key, on P-256: what the stock openssl(1) can seal to with key agreement.
OpensslPtr<EVP_PKEY> make_key();

// InvalidArgs, naming the file, for what is not a private key or is protected by a passphrase.
OpensslPtr<EVP_PKEY> parse_key(std::string_view pem, const std::string& file);

// The private key in PEM, then the certificate.
SecretBuffer pem_of(const EVP_PKEY& key, const X509& certificate);

} // namespace guestkeyd
