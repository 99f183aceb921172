// SPDX-License-Identifier: LGPL-2.1-or-later
#include "agent/key_lines.h"
#include "base/error.h"

#include <gtest/gtest.h>

namespace guestkeyd {
namespace {

const auto kFirst = VolumeId::parse("aaaaaaaa-2222-4333-8444-555555555555");
const auto kSecond = VolumeId::parse("bbbbbbbb-2222-4333-8444-555555555555");

std::vector<std::string> split(std::string_view text, const std::vector<VolumeId>& volumes) {
    const auto buffer = SecretBuffer::copy_of(text);
    const auto keys = split_keys(buffer, volumes, 16);
    return {keys.begin(), keys.end()};
}

std::string refusal(std::string_view text, const std::vector<VolumeId>& volumes) {
    try {
        split(text, volumes);
        return "taken";
    } catch (const Failure& failure) {
        EXPECT_EQ(failure.code(), ErrorCode::InvalidArgs);
        return failure.message();
    }
}

TEST(KeyLines, OneKeyALineWithOrWithoutALastNewline) {
    const std::vector<std::string> both{"one", "zwei-\xc3\xa4"};
    EXPECT_EQ(split("one\nzwei-\xc3\xa4\n", {kFirst, kSecond}), both);
    EXPECT_EQ(split("one\nzwei-\xc3\xa4", {kFirst, kSecond}), both);
}

TEST(KeyLines, AsManyKeysAsVolumes) {
    EXPECT_NE(refusal("one\n", {kFirst, kSecond}).find("got 1 keys for 2 volumes"), std::string::npos);
    EXPECT_NE(refusal("one\ntwo\n", {kFirst}).find("got 2 keys for 1 volumes"), std::string::npos);
    EXPECT_NE(refusal("", {kFirst}).find("got 0 keys"), std::string::npos);
}

TEST(KeyLines, ARefusedKeyIsNamedByItsVolumeAndNeverShown) {
    const auto why = refusal("fine\nsecret\xff\n", {kFirst, kSecond});
    EXPECT_NE(why.find(kSecond.str() + " is not UTF-8"), std::string::npos);
    EXPECT_EQ(why.find("secret"), std::string::npos);
    EXPECT_NE(refusal("\n", {kFirst}).find("is empty"), std::string::npos);
    EXPECT_NE(refusal(std::string_view("a\0b", 3), {kFirst}).find("NUL"), std::string::npos);
    EXPECT_NE(refusal(std::string(17, 'k'), {kFirst}).find("longer than the 16 bytes"), std::string::npos);
}

TEST(KeyLines, OnlyWellFormedUtf8IsAKey) {
    for (const auto* good : {"k", "\xc2\xa2", "\xe2\x82\xac", "\xf0\x90\x8d\x88", "\xed\x9f\xbf", "\xf4\x8f\xbf\xbf"})
        EXPECT_EQ(split(good, {kFirst}).front(), good);
    for (const auto* bad : {"\x80", "\xc0\xaf", "\xc3", "\xe0\x80\xaf", "\xed\xa0\x80", "\xf0\x80\x80\x80",
                            "\xf4\x90\x80\x80", "\xf8\x88\x80\x80\x80", "a\xe2\x82"})
        EXPECT_NE(refusal(bad, {kFirst}).find("UTF-8"), std::string::npos);
}

} // namespace
} // namespace guestkeyd
