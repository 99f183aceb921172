// SPDX-License-Identifier: LGPL-2.1-or-later
#include "sealing/trust.h"

#include "base/error.h"
#include "base/id.h"
#include "sealing/certificate.h"

#include <algorithm>

namespace guestkeyd {

namespace {

OpensslPtr<X509> parse(std::string_view pem) {
    return parse_certificate(pem, "what the recipient gave");
}

// As fingerprint_of writes it.
std::string normal_form(std::string_view fingerprint) {
    constexpr std::size_t kDigits = 64;
    std::string digits;
    for (const char c : fingerprint)
        if (c != ':')
            digits += static_cast<char>(c >= 'A' && c <= 'F' ? c - 'A' + 'a' : c);
    if (digits.size() != kDigits || digits.find_first_not_of("0123456789abcdef") != std::string::npos)
        throw Failure(ErrorCode::InvalidArgs, quoted(fingerprint) + " is not the SHA-256 fingerprint of a certificate; "
                                                                    "use the 64 digits that openssl x509 -noout "
                                                                    "-fingerprint -sha256 prints");
    return digits;
}

bool is_pinned(const X509& certificate, const std::vector<std::string>& pinned) {
    const auto own = fingerprint_of(certificate);
    return std::any_of(pinned.begin(), pinned.end(), [&](const auto& each) { return normal_form(each) == own; });
}

// OpenSSL could search the folder itself, but only under names that openssl rehash makes.
std::vector<std::filesystem::path> files_of(const std::filesystem::path& authorities) {
    std::error_code failed;
    if (!std::filesystem::is_directory(authorities, failed))
        return {authorities};
    std::vector<std::filesystem::path> files;
    for (const auto& entry : std::filesystem::directory_iterator(authorities, failed))
        if (entry.path().extension() == ".pem" || entry.path().extension() == ".crt")
            files.push_back(entry.path());
    return files;
}

OpensslPtr<X509_STORE> load(const std::filesystem::path& authorities) {
    OpensslPtr<X509_STORE> store(X509_STORE_new());
    check_openssl(store != nullptr, "read certificates of CAs");
    if (authorities.empty())
        return store;
    for (const auto& file : files_of(authorities))
        if (X509_STORE_load_file(store.get(), file.c_str()) <= 0)
            throw Failure(ErrorCode::InvalidArgs, "cannot read certificates of CAs in PEM from " + file.string() +
                                                      "; correct what guestkeyd.conf says about them");
    return store;
}

// Empty if it chains up, else what is wrong.
std::string complaint_about(X509& certificate, X509_STORE& authorities) {
    constexpr int kSecurityLevel = 2; // no SHA-1, RSA from 2048 bits on
    const OpensslPtr<X509_STORE_CTX> check(X509_STORE_CTX_new());
    check_openssl(check && X509_STORE_CTX_init(check.get(), &authorities, &certificate, nullptr) > 0,
                  "verify a certificate");
    X509_VERIFY_PARAM_set_auth_level(X509_STORE_CTX_get0_param(check.get()), kSecurityLevel);
    if (X509_verify_cert(check.get()) > 0)
        return {};
    return X509_verify_cert_error_string(X509_STORE_CTX_get_error(check.get()));
}

} // namespace

void require_trusted(std::string_view certificate_pem, const TrustedHosts& trusted) {
    const auto certificate = parse(certificate_pem);
    if (is_pinned(*certificate, trusted.pinned))
        return;
    const auto complaint = complaint_about(*certificate, *load(trusted.authorities));
    if (!complaint.empty())
        throw Failure(ErrorCode::NotTrusted, "the certificate of " + subject_of(*certificate) +
                                                 " is not trusted: " + complaint + "; have a CA that guestkeyd.conf " +
                                                 "names issue it, or pin its fingerprint there, " +
                                                 fingerprint_of(*certificate));
}

std::string certificate_fingerprint(std::string_view certificate_pem) {
    return fingerprint_of(*parse(certificate_pem));
}

} // namespace guestkeyd
