// SPDX-License-Identifier: LGPL-2.1-or-later
#include "sealing/host_identity.h"

#include "base/error.h"
#include "sealing/certificate.h"
#include "sealing/guarded_file.h"
#include "sealing/key_pair.h"

#include <algorithm>
#include <utility>

namespace guestkeyd {

namespace {

using Pair = std::shared_ptr<const KeyPair>;

SecretBuffer read_existing(const std::filesystem::path& file, Readers readers) {
    auto pem = read_guarded(file, readers);
    if (!pem)
        throw Failure(ErrorCode::InvalidArgs, "there is no file " + file.string() + "; put it there, or correct " +
                                                  "Key= and Certificate= in guestkeyd.conf");
    return std::move(*pem);
}

Pair pair_of(OpensslPtr<EVP_PKEY> key, OpensslPtr<X509> certificate) {
    return std::make_shared<KeyPair>(KeyPair{std::move(key), std::move(certificate)});
}

bool fits(const KeyPair& pair) {
    return X509_check_private_key(pair.certificate.get(), pair.key.get()) > 0;
}

// OpenSSL, looking for the certificate, would leave the key that it skips in memory that it does not wipe.
std::string_view certificate_in(std::string_view pem) {
    return pem.substr(std::min(pem.find("-----BEGIN CERTIFICATE-----"), pem.size()));
}

Pair parse_own(std::string_view pem, const std::filesystem::path& file) {
    auto key = parse_key(pem, file.string());
    auto pair = pair_of(std::move(key), parse_certificate(certificate_in(pem), "the certificate in " + file.string()));
    if (!fits(*pair))
        throw Failure(ErrorCode::InvalidArgs, "the certificate in " + file.string() + " is not for the key there; " +
                                                  "remove the file to have a new pair made");
    return pair;
}

Pair make_own(const std::filesystem::path& file) {
    auto key = make_key();
    auto certificate = make_certificate(*key);
    replace_file(file, pem_of(*key, *certificate).view());
    return pair_of(std::move(key), std::move(certificate));
}

} // namespace

HostIdentity HostIdentity::own(const std::filesystem::path& file) {
    prepare_folder(file.parent_path());
    const auto pem = read_guarded(file, Readers::Owner);
    HostIdentity identity(pem ? parse_own(pem->view(), file) : make_own(file));
    identity.own_file_ = file;
    return identity;
}

HostIdentity HostIdentity::given(const HostKeyFiles& files) {
    const auto key = read_existing(files.key, Readers::Owner);
    const auto certificate = read_existing(files.certificate, Readers::All);
    auto parsed = parse_key(key.view(), files.key.string());
    HostIdentity identity(pair_of(
        std::move(parsed), parse_certificate(certificate.view(), "the certificate in " + files.certificate.string())));
    if (!fits(identity.pair()))
        throw Failure(ErrorCode::InvalidArgs, "the certificate in " + files.certificate.string() +
                                                  " is not for the key in " + files.key.string() +
                                                  "; put the one that is there");
    return identity;
}

std::string HostIdentity::certificate_pem() const {
    return pem_of(*pair_->certificate);
}

void HostIdentity::rotate() {
    if (own_file_.empty())
        throw Failure(ErrorCode::Unsupported,
                      "the certificate of this host was issued by " + issuer_of(*pair_->certificate) +
                          " and named in guestkeyd.conf; put a new pair in its place and " + "restart guestkeyd");
    pair_ = make_own(own_file_);
}

} // namespace guestkeyd
