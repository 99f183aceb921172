// SPDX-License-Identifier: LGPL-2.1-or-later
#include "sealing/certificate.h"

#include "base/error.h"
#include "base/id.h"

#include <array>
#include <climits>
#include <span>
#include <unistd.h>

namespace guestkeyd {

namespace {

constexpr const char* kMaking = "make the certificate of this host";

void set_random_serial(X509& certificate) {
    constexpr int kBits = 127; // RFC 5280, section 4.1.2.2: positive, and at most 20 bytes
    const OpensslPtr<BIGNUM> number(BN_new());
    check_openssl(number && BN_rand(number.get(), kBits, BN_RAND_TOP_ANY, BN_RAND_BOTTOM_ANY) > 0 &&
                      BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(&certificate)) != nullptr,
                  kMaking);
}

void set_validity(X509& certificate) {
    constexpr int kDays = 3652;
    check_openssl(X509_gmtime_adj(X509_getm_notBefore(&certificate), 0) != nullptr &&
                      X509_time_adj_ex(X509_getm_notAfter(&certificate), kDays, 0, nullptr) != nullptr,
                  kMaking);
}

void set_names(X509& certificate) {
    std::array<char, HOST_NAME_MAX + 1> host{}; // as long as a CN can be: 64
    gethostname(host.data(), host.size() - 1);
    auto* name = X509_get_subject_name(&certificate);
    const auto* text = reinterpret_cast<const unsigned char*>(host.data());
    check_openssl(X509_NAME_add_entry_by_NID(name, NID_commonName, MBSTRING_UTF8, text, -1, -1, 0) > 0 &&
                      X509_set_issuer_name(&certificate, name) > 0,
                  kMaking);
}

void add_extension(X509& certificate, int kind, const char* value) {
    X509V3_CTX context;
    X509V3_set_ctx(&context, &certificate, &certificate, nullptr, nullptr, 0);
    const OpensslPtr<X509_EXTENSION> extension(X509V3_EXT_conf_nid(nullptr, &context, kind, value));
    check_openssl(extension && X509_add_ext(&certificate, extension.get(), -1) > 0, kMaking);
}

std::string text_of(const X509_NAME* name) {
    std::array<char, 256> text{};
    X509_NAME_oneline(name, text.data(), text.size());
    return quoted(std::string_view(text.data()));
}

} // namespace

OpensslPtr<X509> parse_certificate(std::string_view pem, const std::string& called) {
    OpensslPtr<X509> certificate(PEM_read_bio_X509(reader_of(pem).get(), nullptr, no_passphrase, nullptr));
    if (!certificate)
        throw Failure(ErrorCode::InvalidArgs, called + " is not a certificate in PEM; give one that starts with "
                                                       "-----BEGIN CERTIFICATE-----");
    const auto* key = X509_get0_pubkey(certificate.get());
    if (!key || EVP_PKEY_is_a(key, "EC") == 0)
        throw Failure(ErrorCode::InvalidArgs,
                      called + " is not for an elliptic curve key; give one for a key on P-256, P-384 or P-521");
    if ((X509_get_key_usage(certificate.get()) & KU_KEY_AGREEMENT) == 0)
        throw Failure(ErrorCode::InvalidArgs,
                      called + " is not for key agreement; give one with keyAgreement in its key usage");
    return certificate;
}

OpensslPtr<X509> make_certificate(EVP_PKEY& key) {
    OpensslPtr<X509> certificate(X509_new());
    check_openssl(certificate && X509_set_version(certificate.get(), X509_VERSION_3) > 0 &&
                      X509_set_pubkey(certificate.get(), &key) > 0,
                  kMaking);
    set_random_serial(*certificate);
    set_validity(*certificate);
    set_names(*certificate);
    add_extension(*certificate, NID_basic_constraints, "critical,CA:FALSE");
    add_extension(*certificate, NID_key_usage, "critical,keyAgreement");
    add_extension(*certificate, NID_subject_key_identifier, "hash");
    check_openssl(X509_sign(certificate.get(), &key, EVP_sha256()) > 0, kMaking);
    return certificate;
}

std::string pem_of(const X509& certificate) {
    const OpensslPtr<BIO> writer(BIO_new(BIO_s_mem()));
    char* text = nullptr;
    check_openssl(writer && PEM_write_bio_X509(writer.get(), &certificate) > 0, "write a certificate");
    const auto length = BIO_get_mem_data(writer.get(), &text);
    return {text, static_cast<std::size_t>(length)};
}

std::string subject_of(const X509& certificate) {
    return text_of(X509_get_subject_name(&certificate));
}

std::string issuer_of(const X509& certificate) {
    return text_of(X509_get_issuer_name(&certificate));
}

std::string fingerprint_of(const X509& certificate) {
    static constexpr char kDigits[] = "0123456789abcdef";
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned int length = 0;
    check_openssl(X509_digest(&certificate, EVP_sha256(), digest.data(), &length) > 0, "hash a certificate");
    std::string text;
    for (const auto byte : std::span(digest).first(length)) {
        text += kDigits[byte >> 4];
        text += kDigits[byte & 15];
    }
    return text;
}

} // namespace guestkeyd
