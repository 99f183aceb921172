// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "support/temp_dir.h"

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace guestkeyd::test {

// Runs the stock openssl(1), which must succeed, and returns what it prints.
std::string openssl(std::vector<std::string> arguments);

// Makes NAME-key.pem and NAME-cert.pem in the folder: self-signed, or a CA that signs others.
void make_pair(const TempDir& dir, const std::string& name);
void make_ca(const TempDir& dir, const std::string& name);
// ... NAME-cert.pem signed by the CA, valid until the end of a day in the form YYYYMMDD.
void make_signed_pair(const TempDir& dir, const std::string& name, const std::string& ca,
                      const std::string& last_day = "20491231");

// As openssl prints it, with colons.
std::string fingerprint_of(const std::filesystem::path& certificate);

// What the stock openssl(1) makes of the content; options are put behind those that any envelope needs.
std::string seal_by_command(const TempDir& dir, const std::filesystem::path& certificate, std::string_view content,
                            std::vector<std::string> options = {"-aes-256-gcm", "-binary", "-outform", "DER"});

} // namespace guestkeyd::test
