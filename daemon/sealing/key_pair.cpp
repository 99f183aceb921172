// SPDX-License-Identifier: LGPL-2.1-or-later
#include "sealing/key_pair.h"

#include "base/error.h"

namespace guestkeyd {

OpensslPtr<EVP_PKEY> make_key() {
    use_secure_heap();
    OpensslPtr<EVP_PKEY> key(EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256"));
    check_openssl(key != nullptr, "make the private key of this host");
    return key;
}

OpensslPtr<EVP_PKEY> parse_key(std::string_view pem, const std::string& file) {
    use_secure_heap();
    OpensslPtr<EVP_PKEY> key(PEM_read_bio_PrivateKey(reader_of(pem).get(), nullptr, no_passphrase, nullptr));
    if (!key)
        throw Failure(ErrorCode::InvalidArgs,
                      file + " holds no private key in PEM without a passphrase; put one there, or "
                             "remove the file if guestkeyd made it, which then makes another");
    if (EVP_PKEY_is_a(key.get(), "EC") == 0)
        throw Failure(ErrorCode::InvalidArgs,
                      file +
                          " holds no elliptic curve key; put one on P-256, P-384 or P-521 there, with its certificate");
    return key;
}

SecretBuffer pem_of(const EVP_PKEY& key, const X509& certificate) {
    const OpensslPtr<BIO> writer(BIO_new(BIO_s_secmem()));
    check_openssl(writer &&
                      PEM_write_bio_PKCS8PrivateKey(writer.get(), &key, nullptr, nullptr, 0, nullptr, nullptr) > 0 &&
                      PEM_write_bio_X509(writer.get(), &certificate) > 0,
                  "write the private key of this host");
    char* text = nullptr;
    const auto length = BIO_get_mem_data(writer.get(), &text);
    return SecretBuffer::copy_of({text, static_cast<std::size_t>(length)});
}

} // namespace guestkeyd
