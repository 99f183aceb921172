// SPDX-License-Identifier: LGPL-2.1-or-later
#include "base/error.h"
#include "cli/time_span.h"

#include <gtest/gtest.h>

namespace guestkeyd::cli {

using namespace std::chrono_literals;

TEST(TimeSpan, IsSecondsOrHasUnits) {
    EXPECT_EQ(parse_time_span("90"), 90s);
    EXPECT_EQ(parse_time_span("90s"), 90s);
    EXPECT_EQ(parse_time_span("90sec"), 90s);
    EXPECT_EQ(parse_time_span("15m"), 15min);
    EXPECT_EQ(parse_time_span("15min"), 15min);
    EXPECT_EQ(parse_time_span("2h"), 2h);
    EXPECT_EQ(parse_time_span("7d"), 7 * 24h);
    EXPECT_EQ(parse_time_span("2w"), 14 * 24h);
    EXPECT_EQ(parse_time_span("1d1h30min5s"), 25h + 30min + 5s);
}

TEST(TimeSpan, AnythingElseIsRefused) {
    for (const char* text : {"", "h", "-5", "+5", "1.5h", "2 h", "2h30", "5y", "2H", "90s ", "18446744073709551616",
                             "18446744073709551615w", "999999999999s999999999999s"})
        EXPECT_THROW(parse_time_span(text), Failure) << text;
}

TEST(TimeSpan, ARefusalQuotesIt) {
    try {
        parse_time_span("soon");
        FAIL() << "took 'soon' for a span of time";
    } catch (const Failure& failure) {
        EXPECT_EQ(failure.code(), ErrorCode::InvalidArgs);
        EXPECT_EQ(failure.message(), "'soon' is no span of time; give seconds, or numbers with s, min, h, d or w, such "
                                     "as 90s or 1h30min");
    }
}

TEST(WholeNumber, HasDigitsOnly) {
    EXPECT_EQ(parse_whole_number("0"), 0U);
    EXPECT_EQ(parse_whole_number("18446744073709551615"), 18446744073709551615U);
    for (const char* text : {"", "-1", "+1", " 1", "1 ", "0x10", "18446744073709551616"})
        EXPECT_EQ(parse_whole_number(text), std::nullopt) << text;
}

} // namespace guestkeyd::cli
