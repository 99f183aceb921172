// SPDX-License-Identifier: LGPL-2.1-or-later
#include "sealing/certificate.h"
#include "sealing/envelope.h"

#include <algorithm>
#include <openssl/ec.h>

namespace guestkeyd {

namespace {

constexpr const char* kSealing = "seal an envelope";

void address(CMS_ContentInfo& cms, X509& recipient) {
    auto* info = CMS_add1_recipient_cert(&cms, &recipient, CMS_KEY_PARAM);
    auto* agreement = info ? CMS_RecipientInfo_get0_pkey_ctx(info) : nullptr;
    // SHA-1 would be the default of this key derivation; sound there, but not allowed everywhere.
    check_openssl(agreement && EVP_PKEY_CTX_set_ecdh_kdf_md(agreement, EVP_sha256()) > 0, kSealing);
}

// Not by CMS_final, which leaves a copy of what it encrypts in memory that it does not wipe.
void encrypt(CMS_ContentInfo& cms, std::string_view content) {
    const OpensslPtr<BIO> chain(CMS_dataInit(&cms, nullptr));
    const auto length = static_cast<int>(content.size());
    check_openssl(chain && BIO_write(chain.get(), content.data(), length) == length && BIO_flush(chain.get()) > 0 &&
                      CMS_dataFinal(&cms, chain.get()) > 0,
                  kSealing);
}

std::vector<std::uint8_t> der_of(const CMS_ContentInfo& cms) {
    std::vector<std::uint8_t> der(static_cast<std::size_t>(std::max(0, i2d_CMS_ContentInfo(&cms, nullptr))));
    auto* at = der.data();
    check_openssl(!der.empty() && i2d_CMS_ContentInfo(&cms, &at) > 0, kSealing);
    return der;
}

} // namespace

std::vector<std::uint8_t> seal(std::string_view recipient_certificate_pem, const SecretBuffer& content) {
    const auto recipient = parse_certificate(recipient_certificate_pem, "what the recipient gave");
    const OpensslPtr<CMS_ContentInfo> cms(CMS_encrypt(nullptr, nullptr, EVP_aes_256_gcm(), CMS_BINARY | CMS_PARTIAL));
    check_openssl(cms != nullptr, kSealing);
    address(*cms, *recipient);
    encrypt(*cms, content.view());
    return der_of(*cms);
}

} // namespace guestkeyd
