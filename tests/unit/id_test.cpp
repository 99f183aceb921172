// SPDX-License-Identifier: LGPL-2.1-or-later
#include "base/error.h"
#include "base/id.h"

#include <gtest/gtest.h>

namespace guestkeyd {
namespace {

constexpr const char* kText = "0c7b9f2e-31aa-4f52-9d0e-8d1d6f0a77b1";

TEST(Uuid, IsReadInEitherCaseAndWrittenInLowerCase) {
    const auto id = GuestId::parse("0C7B9F2E-31aa-4F52-9D0E-8D1D6F0A77B1");
    EXPECT_EQ(id.str(), kText);
    EXPECT_EQ(id, GuestId::parse(kText));
}

TEST(Uuid, RefusesEverythingElse) {
    for (const auto* text : {"", "web", "0c7b9f2e31aa4f529d0e8d1d6f0a77b1", "0c7b9f2e-31aa-4f52-9d0e-8d1d6f0a77b",
                             "0c7b9f2e-31aa-4f52-9d0e-8d1d6f0a77b1 ", "0c7b9f2e-31aa-4f52-9d0e_8d1d6f0a77b1",
                             "gc7b9f2e-31aa-4f52-9d0e-8d1d6f0a77b1", "{c7b9f2e-31aa-4f52-9d0e-8d1d6f0a77b}"})
        EXPECT_FALSE(GuestId::try_parse(text)) << text;
}

TEST(Uuid, TheErrorNamesWhatWasExpectedAndQuotesTheText) {
    try {
        VolumeId::parse("disk\n1");
        FAIL() << "was taken";
    } catch (const Failure& failure) {
        EXPECT_EQ(failure.code(), ErrorCode::InvalidArgs);
        EXPECT_NE(failure.message().find("'disk?1' is not the UUID of a volume"), std::string::npos);
    }
}

TEST(Quoted, LongTextIsCut) {
    EXPECT_EQ(quoted(std::string(200, 'a')), "'" + std::string(80, 'a') + "...'");
}

} // namespace
} // namespace guestkeyd
