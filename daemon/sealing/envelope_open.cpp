// SPDX-License-Identifier: LGPL-2.1-or-later
#include "sealing/envelope.h"

#include "base/error.h"
#include "sealing/key_pair.h"

#include <openssl/asn1.h>
#include <string>

namespace guestkeyd {

namespace {

using Cms = OpensslPtr<CMS_ContentInfo>;

struct Recipient {
    CMS_RecipientInfo* info;
    CMS_RecipientEncryptedKey* key;
};

[[noreturn]] void refuse(const std::string& why) {
    throw Failure(ErrorCode::BadEnvelope, "the envelope " + why);
}

[[noreturn]] void refuse_damaged() {
    refuse("was altered on its way, or is damaged; seal and send it again");
}

Cms parse(std::string_view envelope) {
    if (envelope.size() > kMaxEnvelopeBytes)
        refuse("is larger than 1 MiB; seal fewer keys into one");
    if (envelope.starts_with("-----BEGIN "))
        return Cms(PEM_read_bio_CMS(reader_of(envelope).get(), nullptr, no_passphrase, nullptr));
    const auto* at = reinterpret_cast<const unsigned char*>(envelope.data());
    const auto* end = at + envelope.size();
    Cms cms(d2i_CMS_ContentInfo(nullptr, &at, static_cast<long>(envelope.size())));
    return at == end ? std::move(cms) : nullptr;
}

void require_authenticated(const CMS_ContentInfo* cms) {
    if (!cms)
        refuse("is not CMS in DER or PEM, or is cut short; use openssl cms with -outform DER");
    if (OBJ_obj2nid(CMS_get0_type(cms)) != NID_id_smime_ct_authEnvelopedData)
        refuse("is not authenticated (AuthEnvelopedData); use openssl cms -encrypt with -aes-256-gcm");
}

std::vector<Recipient> addressed_to(X509& certificate, CMS_ContentInfo& cms) {
    std::vector<Recipient> found;
    const auto* infos = CMS_get0_RecipientInfos(&cms);
    for (int i = 0; i < sk_CMS_RecipientInfo_num(infos); ++i) {
        auto* info = sk_CMS_RecipientInfo_value(infos, i);
        if (CMS_RecipientInfo_type(info) != CMS_RECIPINFO_AGREE)
            continue;
        const auto* keys = CMS_RecipientInfo_kari_get0_reks(info);
        for (int j = 0; j < sk_CMS_RecipientEncryptedKey_num(keys); ++j)
            if (auto* key = sk_CMS_RecipientEncryptedKey_value(keys, j);
                CMS_RecipientEncryptedKey_cert_cmp(key, &certificate) == 0)
                found.push_back({info, key});
    }
    return found;
}

void unlock(CMS_ContentInfo& cms, const HostIdentity& identity) {
    const auto& pair = identity.pair();
    const auto recipients = addressed_to(*pair.certificate, cms);
    if (recipients.empty())
        refuse("is not sealed to this host, or to a certificate that it has replaced; fetch the certificate anew "
               "(GetHostCertificate, guestkeyctl cert) and seal to that");
    if (recipients.size() > 1) // else a small message could ask for any number of key agreements
        refuse("names this host more than once; seal it to each certificate once");
    const auto [info, key] = recipients.front();
    if (CMS_RecipientInfo_kari_set0_pkey(info, pair.key.get()) <= 0 ||
        CMS_RecipientInfo_kari_decrypt(&cms, info, key) <= 0)
        refuse_damaged();
}

// The cipher comes with key, nonce and tag, as the envelope gives them. A shorter tag would be taken as well, but is
// one that can be guessed.
EVP_CIPHER_CTX* cipher_of(BIO* chain) {
    constexpr int kTagBytes = 16;
    EVP_CIPHER_CTX* cipher = nullptr;
    if (!chain || BIO_get_cipher_ctx(chain, &cipher) <= 0)
        refuse_damaged();
    if (EVP_CIPHER_CTX_get_nid(cipher) != NID_aes_256_gcm || EVP_CIPHER_CTX_get_tag_length(cipher) != kTagBytes)
        refuse("is not encrypted with AES-256-GCM and a tag of 128 bits; use openssl cms -encrypt with -aes-256-gcm");
    return cipher;
}

// Not by CMS_decrypt, which leaves a copy of what it decrypts in memory that it does not wipe.
SecretBuffer decrypt(CMS_ContentInfo& cms) {
    const auto* sealed = *CMS_get0_content(&cms);
    if (!sealed || ASN1_STRING_length(sealed) == 0)
        refuse("is empty; seal its content into it");
    const OpensslPtr<BIO> chain(CMS_dataInit(&cms, nullptr));
    auto* cipher = cipher_of(chain.get());
    SecretBuffer content(static_cast<std::size_t>(ASN1_STRING_length(sealed)) + EVP_MAX_BLOCK_LENGTH);
    auto* room = reinterpret_cast<unsigned char*>(content.room().data());
    int length = 0;
    int rest = 0;
    if (EVP_DecryptUpdate(cipher, room, &length, ASN1_STRING_get0_data(sealed), ASN1_STRING_length(sealed)) <= 0 ||
        EVP_DecryptFinal_ex(cipher, room + length, &rest) <= 0)
        refuse_damaged();
    content.grow(static_cast<std::size_t>(length + rest));
    return content;
}

// As D-Bus and QEMU want all text to be. OpenSSL offers its check with the making of text for certificates.
bool is_utf8(std::string_view text) {
    const auto* bytes = reinterpret_cast<const unsigned char*>(text.data());
    return ASN1_mbstring_copy(nullptr, bytes, static_cast<int>(text.size()), MBSTRING_UTF8, B_ASN1_UTF8STRING) >= 0;
}

} // namespace

SecretBuffer open_envelope(const HostIdentity& identity, std::span<const std::uint8_t> envelope) {
    const auto cms = parse({reinterpret_cast<const char*>(envelope.data()), envelope.size()});
    require_authenticated(cms.get());
    unlock(*cms, identity);
    auto content = decrypt(*cms);
    if (!is_utf8(content.view()))
        refuse("holds what is not UTF-8; pass keys as text, for example base64");
    return content;
}

} // namespace guestkeyd
