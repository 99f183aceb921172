// SPDX-License-Identifier: LGPL-2.1-or-later
#include "support/openssl.h"

#include "base/error.h"
#include "support/process.h"

namespace guestkeyd::test {

namespace {

const std::vector<std::string> kNewKey{"-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"};

std::vector<std::string> joined(std::vector<std::string> first, const std::vector<std::string>& second) {
    first.insert(first.end(), second.begin(), second.end());
    return first;
}

std::string key_of(const TempDir& dir, const std::string& name) {
    return dir / (name + "-key.pem");
}

std::string certificate_of(const TempDir& dir, const std::string& name) {
    return dir / (name + "-cert.pem");
}

void self_sign(const TempDir& dir, const std::string& name, const std::vector<std::string>& extensions) {
    openssl(joined(joined({"req", "-x509", "-subj", "/CN=" + name, "-days", "30", "-keyout", key_of(dir, name), "-out",
                           certificate_of(dir, name)},
                          kNewKey),
                   extensions));
}

} // namespace

std::string openssl(std::vector<std::string> arguments) {
    const auto finished = run(joined({"openssl"}, arguments));
    if (finished.status != 0)
        throw Failure(ErrorCode::Internal, "openssl " + arguments.front() + ": " + finished.error);
    return finished.output;
}

void make_pair(const TempDir& dir, const std::string& name) {
    self_sign(dir, name, {"-addext", "keyUsage=critical,keyAgreement"});
}

void make_ca(const TempDir& dir, const std::string& name) {
    self_sign(dir, name, {"-addext", "keyUsage=critical,keyCertSign"});
}

void make_signed_pair(const TempDir& dir, const std::string& name, const std::string& ca, const std::string& last_day) {
    const auto request = dir / (name + "-request.pem");
    openssl(joined({"req", "-new", "-subj", "/CN=" + name, "-keyout", key_of(dir, name), "-out", request}, kNewKey));
    const TempDir database; // what openssl ca wants around it
    const auto config = (database / "config").string();
    write_file(database / "index", "");
    write_file(config, "[ca]\ndefault_ca=ours\n[ours]\ndatabase=" + (database / "index").string() +
                           "\nnew_certs_dir=" + database.path().string() +
                           "\nrand_serial=yes\ndefault_md=sha256\npolicy=any\nx509_extensions=host\n"
                           "[any]\ncommonName=supplied\n[host]\nkeyUsage=critical,keyAgreement\n");
    openssl({"ca", "-batch", "-notext", "-config", config, "-cert", certificate_of(dir, ca), "-keyfile",
             key_of(dir, ca), "-in", request, "-out", certificate_of(dir, name), "-startdate", "20200101000000Z",
             "-enddate", last_day + "235959Z"});
}

std::string fingerprint_of(const std::filesystem::path& certificate) {
    const auto printed = openssl({"x509", "-noout", "-fingerprint", "-sha256", "-in", certificate});
    constexpr std::size_t kLength = 32 * 3 - 1;
    return printed.substr(printed.find('=') + 1, kLength);
}

std::string seal_by_command(const TempDir& dir, const std::filesystem::path& certificate, std::string_view content,
                            std::vector<std::string> options) {
    const auto plain = dir / "content";
    const auto sealed = dir / "envelope";
    write_file(plain, content);
    openssl(joined(joined({"cms", "-encrypt", "-in", plain, "-out", sealed}, options), {certificate}));
    return read_file(sealed);
}

} // namespace guestkeyd::test
