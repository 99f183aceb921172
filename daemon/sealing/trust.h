// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace guestkeyd {

// Whose certificates may be sealed to when this host gives keys away.
struct TrustedHosts {
    // Certificates of CAs in PEM, intermediate ones included: a file, or a folder of files *.pem and *.crt. Whoever
    // they certify is trusted, so they certify hosts that run guestkeyd and nothing else. Empty: none.
    std::filesystem::path authorities;
    // SHA-256 fingerprints of single certificates, in hex as openssl x509 -fingerprint prints it. Theirs is no end.
    std::vector<std::string> pinned;
};

// NotTrusted, saying why, unless the certificate is pinned or chains up to an authority, all being valid now.
// InvalidArgs for what is no certificate, and for authorities or fingerprints that cannot be read.
void require_trusted(std::string_view certificate_pem, const TrustedHosts& trusted);

// Of a certificate in PEM: SHA-256 in lower-case hex.
std::string certificate_fingerprint(std::string_view certificate_pem);

} // namespace guestkeyd
