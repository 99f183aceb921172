// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "base/error.h"
#include "sealing/host_identity.h"
#include "support/temp_dir.h"

#include <cstdint>
#include <filesystem>
#include <gtest/gtest.h>
#include <string>
#include <string_view>
#include <vector>

namespace guestkeyd::test {

// Runs the stock openssl(1), which must succeed, and returns what it prints.
std::string openssl(std::vector<std::string> arguments);

inline HostKeyFiles host_key_files(const TempDir& dir) {
    return {dir / "host-key.pem", dir / "host-cert.pem"};
}

// Makes NAME-key.pem and NAME-cert.pem in the folder: self-signed, or a CA that signs others.
void make_pair(const TempDir& dir, const std::string& name);
void make_ca(const TempDir& dir, const std::string& name);
// ... NAME-cert.pem signed by the CA, valid until the end of a day in the form YYYYMMDD.
void make_signed_pair(const TempDir& dir, const std::string& name, const std::string& ca,
                      const std::string& last_day = "20491231");

// What the stock openssl(1) makes of the content; options are put behind those that any envelope needs.
std::string seal_by_command(const TempDir& dir, const std::filesystem::path& certificate, std::string_view content,
                            std::vector<std::string> options = {"-aes-256-gcm", "-binary", "-outform", "DER"});

inline std::vector<std::uint8_t> bytes_of(std::string_view text) {
    return {text.begin(), text.end()};
}

// The sentence of the Failure that doing it throws, which must be of this kind.
template <typename Doing> std::string refusal(ErrorCode code, Doing doing) {
    try {
        doing();
        return "taken";
    } catch (const Failure& failure) {
        EXPECT_EQ(failure.code(), code) << failure.message();
        return failure.message();
    }
}

inline void expect_says(const std::string& sentence, std::string_view words) {
    EXPECT_NE(sentence.find(words), std::string::npos) << sentence;
}

} // namespace guestkeyd::test
