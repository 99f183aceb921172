// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "base/error.h"
#include "support/openssl.h"

#include <cstdint>
#include <gtest/gtest.h>
#include <string>
#include <string_view>
#include <vector>

namespace guestkeyd::test {

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
