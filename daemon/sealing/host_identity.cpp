// SPDX-License-Identifier: LGPL-2.1-or-later
#include "sealing/host_identity.h"

#include "base/error.h"
#include "sealing/certificate.h"
#include "sealing/guarded_file.h"
#include "sealing/key_pair.h"

#include <utility>

namespace guestkeyd {

namespace {

using Key = OpensslPtr<EVP_PKEY>;
using Certificate = OpensslPtr<X509>;

std::filesystem::path previous_of(const std::filesystem::path& key_file) {
    auto name = key_file.stem();
    name += ".previous";
    name += key_file.extension();
    return key_file.parent_path() / name;
}

Key read_key(const std::filesystem::path& file) {
    const auto pem = read_guarded(file, Readers::Owner);
    return pem ? parse_key(pem->view(), file.string()) : nullptr;
}

Certificate read_certificate(const std::filesystem::path& file, Readers readers) {
    const auto pem = read_guarded(file, readers);
    return pem ? parse_certificate(pem->view(), "the certificate in " + file.string()) : nullptr;
}

std::shared_ptr<const KeyPair> read_previous(const std::filesystem::path& file) {
    auto key = read_key(file);
    if (!key)
        return nullptr;
    return std::make_shared<KeyPair>(KeyPair{std::move(key), read_certificate(file, Readers::Owner)});
}

Key make_key_in(const std::filesystem::path& file) {
    auto key = make_key();
    replace_file(file, pem_of(*key).view(), Readers::Owner);
    return key;
}

Certificate make_certificate_in(const std::filesystem::path& file, EVP_PKEY& key) {
    auto certificate = make_certificate(key);
    replace_file(file, pem_of(*certificate), Readers::All);
    return certificate;
}

// The key is replaced before its certificate: between the two, the certificate is still that of the previous key.
bool left_by_rotation(const Certificate& certificate, const std::shared_ptr<const KeyPair>& previous) {
    return certificate && previous && X509_cmp(certificate.get(), previous->certificate.get()) == 0;
}

} // namespace

HostIdentity HostIdentity::load(const HostKeyFiles& files) {
    HostIdentity identity(files);
    identity.previous_ = read_previous(previous_of(files.key));
    auto key = read_key(files.key);
    auto certificate = read_certificate(files.certificate, Readers::All);
    if (!key && certificate)
        throw Failure(ErrorCode::InvalidArgs, "there is a certificate in " + files.certificate.string() +
                                                  ", but no key in " + files.key.string() +
                                                  "; put it there, or remove the certificate to have a new pair made");
    if (!key)
        key = make_key_in(files.key);
    const bool fits = certificate && X509_check_private_key(certificate.get(), key.get()) > 0;
    if (!certificate || (!fits && left_by_rotation(certificate, identity.previous_)))
        certificate = make_certificate_in(files.certificate, *key);
    else if (!fits)
        throw Failure(ErrorCode::InvalidArgs,
                      "the certificate in " + files.certificate.string() + " is not for the key in " +
                          files.key.string() + "; put the one that is there, or remove both to have a new pair made");
    identity.current_ = std::make_shared<KeyPair>(KeyPair{std::move(key), std::move(certificate)});
    return identity;
}

std::string HostIdentity::certificate_pem() const {
    return pem_of(*current_->certificate);
}

void HostIdentity::rotate() {
    if (X509_self_signed(current_->certificate.get(), 0) <= 0)
        throw Failure(ErrorCode::Unsupported, "the certificate of this host was issued by " +
                                                  issuer_of(*current_->certificate) + "; put a new pair into " +
                                                  files_.key.string() + " and " + files_.certificate.string() +
                                                  " and restart guestkeyd");
    replace_file(previous_of(files_.key), pem_of(*current_->key, current_->certificate.get()).view(), Readers::Owner);
    auto key = make_key_in(files_.key);
    auto certificate = make_certificate_in(files_.certificate, *key);
    previous_ = std::exchange(current_, std::make_shared<KeyPair>(KeyPair{std::move(key), std::move(certificate)}));
}

std::vector<const KeyPair*> HostIdentity::pairs() const {
    std::vector<const KeyPair*> pairs{current_.get()};
    if (previous_)
        pairs.push_back(previous_.get());
    return pairs;
}

} // namespace guestkeyd
