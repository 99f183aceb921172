// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <openssl/pem.h> // before cms.h, which else leaves out its functions for PEM

#include <memory>
#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/cms.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>
#include <string>
#include <string_view>

namespace guestkeyd {

struct OpensslFree {
    void operator()(BIGNUM* number) const { BN_free(number); }
    void operator()(BIO* chain) const { BIO_free_all(chain); }
    void operator()(CMS_ContentInfo* cms) const { CMS_ContentInfo_free(cms); }
    void operator()(EVP_CIPHER_CTX* context) const { EVP_CIPHER_CTX_free(context); }
    void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
    void operator()(X509* certificate) const { X509_free(certificate); }
    void operator()(X509_EXTENSION* extension) const { X509_EXTENSION_free(extension); }
    void operator()(X509_STORE* store) const { X509_STORE_free(store); }
    void operator()(X509_STORE_CTX* context) const { X509_STORE_CTX_free(context); }
};

template <typename Type> using OpensslPtr = std::unique_ptr<Type, OpensslFree>;

// If not done, Internal "DOING: WHAT OPENSSL SAYS".
void check_openssl(bool done, const std::string& doing);

// From now on OpenSSL keeps private keys in memory that is locked and left out of core dumps; where it has none such,
// it takes ordinary memory without a word. LimitsExceeded when the memory cannot be locked.
void use_secure_heap();

// A source that reads the text, which stays where it is.
OpensslPtr<BIO> reader_of(std::string_view text);

// Given to readers of PEM, whose own callback would ask for a passphrase at the terminal.
int no_passphrase(char* buffer, int size, int writing, void* user);

} // namespace guestkeyd
