// SPDX-License-Identifier: LGPL-2.1-or-later
#include "guests/base64.h"

#include <gtest/gtest.h>
#include <string>

namespace guestkeyd {
namespace {

std::string decoded(std::string_view text) {
    const auto bytes = decode_base64(text);
    return bytes ? std::string(bytes->view()) : "not base64";
}

// RFC 4648, section 10.
TEST(Base64, IsDecodedToBytesOfAnyNumber) {
    EXPECT_EQ(decoded("Zg=="), "f");
    EXPECT_EQ(decoded("Zm8="), "fo");
    EXPECT_EQ(decoded("Zm9v"), "foo");
    EXPECT_EQ(decoded("Zm9vYmE="), "fooba");
}

TEST(Base64, StandsForAnyByte) {
    EXPECT_EQ(decoded("AP/+Cg=="), std::string("\0\xff\xfe\n", 4));
}

TEST(Base64, IsNothingElse) {
    for (const auto* text : {"", "Zg", "Zg=", "Z===", "====", "Zm9v\n", "Zm 9", "Zm9-", "Z=9v", "Zg==Zg=="})
        EXPECT_EQ(decoded(text), "not base64") << text;
}

} // namespace
} // namespace guestkeyd
