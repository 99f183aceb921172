// SPDX-License-Identifier: LGPL-2.1-or-later
#include "sealing/locked_box.h"

#include "base/error.h"

#include <gtest/gtest.h>

namespace guestkeyd {

namespace {

std::string text_of(const std::optional<SecretBuffer>& content) {
    return content ? std::string(content->view()) : "nothing";
}

std::string hex_of(std::string_view bytes) {
    std::string hex;
    for (const char byte : bytes) {
        hex += "0123456789abcdef"[static_cast<unsigned char>(byte) >> 4U];
        hex += "0123456789abcdef"[static_cast<unsigned char>(byte) & 0xfU];
    }
    return hex;
}

Bytes bytes_of(std::string_view text) {
    return {text.begin(), text.end()};
}

class LockedBox : public testing::Test {
  protected:
    const SecretBuffer key = random_secret(kBoxKeyBytes);
    const Bytes box = lock_box(key, "row 1", "what is inside");
};

TEST_F(LockedBox, OpensWithItsKeyInItsPlace) {
    EXPECT_EQ(text_of(open_box(key, "row 1", box)), "what is inside");
    EXPECT_EQ(text_of(open_box(key, "", lock_box(key, "", ""))), "");
}

TEST_F(LockedBox, DoesNotOpenWithAnotherKeyOrInAnotherPlace) {
    EXPECT_FALSE(open_box(random_secret(kBoxKeyBytes), "row 1", box));
    EXPECT_FALSE(open_box(key, "row 2", box));
}

TEST_F(LockedBox, DoesNotOpenOnceAnyBitOfItHasChanged) {
    for (std::size_t bit = 0; bit < box.size() * 8; ++bit) {
        auto altered = box;
        altered[bit / 8] ^= static_cast<std::uint8_t>(1U << bit % 8);
        EXPECT_FALSE(open_box(key, "row 1", altered)) << "bit " << bit;
    }
}

TEST_F(LockedBox, DoesNotOpenWhenItIsCut) {
    for (std::size_t length = 0; length < box.size(); ++length)
        EXPECT_FALSE(open_box(key, "row 1", std::span(box).first(length))) << length << " bytes";
}

TEST_F(LockedBox, IsAnotherEachTime) {
    EXPECT_NE(lock_box(key, "row 1", "what is inside"), box);
}

// RFC 7914, section 12; 32 bytes of the 64.
TEST(DerivedKey, IsTheOneOfTheStandard) {
    const auto key = derive_key(SecretBuffer::copy_of("pleaseletmein"), bytes_of("SodiumChloride"), {16384, 8, 1});
    EXPECT_EQ(hex_of(key.view()), "7023bdcb3afd7348461c06cd81fd38ebfda8fbba904f8e3ea9b543f6545da1f2");
}

TEST(DerivedKey, IsRefusedAtACostThatTakesAllMemory) {
    EXPECT_THROW(derive_key(SecretBuffer::copy_of("passphrase"), bytes_of("salt"), {1U << 30U, 8, 1}), Failure);
    EXPECT_THROW(derive_key(SecretBuffer::copy_of("passphrase"), bytes_of("salt"), {0, 0, 0}), Failure);
}

} // namespace

} // namespace guestkeyd
