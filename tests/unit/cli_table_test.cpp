// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/table.h"
#include "cli/text.h"

#include <cstdlib>
#include <ctime>
#include <gtest/gtest.h>
#include <sstream>

namespace guestkeyd::cli {

namespace {

std::string print(const Table& table, bool with_header) {
    std::ostringstream out;
    table.print(out, with_header);
    return out.str();
}

} // namespace

TEST(Table, ColumnsAreAsWideAsTheirWidestCell) {
    Table table({"NAME", "STATE", "VOLUMES"});
    table.add({"web", "running", "2"});
    table.add({"database", "off", "10"});
    EXPECT_EQ(print(table, true), "NAME     STATE   VOLUMES\n"
                                  "web      running 2\n"
                                  "database off     10\n");
}

TEST(Table, WithoutHeaderItTakesNoRoom) {
    Table table({"A-LONG-HEADER", "B"});
    table.add({"x", "y"});
    EXPECT_EQ(print(table, false), "x y\n");
}

TEST(Table, CountsCharactersNotBytes) {
    Table table({"NAME", "B"});
    table.add({"Büro", "1"});
    EXPECT_EQ(print(table, true), "NAME B\nBüro 1\n");
}

TEST(Text, ControlCharactersNeverReachTheTerminal) {
    EXPECT_EQ(printable("we\x1b[31mb\n\x7f"), "we?[31mb??");
    EXPECT_EQ(printable("csi \xc2\x9b end"), "csi ? end");
    EXPECT_EQ(printable("Büro \xc2\xa0 中"), "Büro \xc2\xa0 中");
}

TEST(Text, BytesAreForPeople) {
    EXPECT_EQ(human_bytes(0), "0B");
    EXPECT_EQ(human_bytes(1023), "1023B");
    EXPECT_EQ(human_bytes(1536), "1.5K");
    EXPECT_EQ(human_bytes(25000000), "23.8M");
}

TEST(Text, CountsAreGrammatical) {
    EXPECT_EQ(counted(0, "key"), "0 keys");
    EXPECT_EQ(counted(1, "key"), "1 key");
    EXPECT_EQ(counted(2, "key"), "2 keys");
}

TEST(Text, ATimeNamesItsZone) {
    setenv("TZ", "UTC", 1);
    tzset();
    EXPECT_EQ(human_time(Time(std::chrono::microseconds(1700000000999999)), "never"), "Tue 2023-11-14 22:13:20 UTC");
}

TEST(Text, NeverIsAWord) {
    EXPECT_EQ(human_time(std::nullopt, "never"), "never");
}

} // namespace guestkeyd::cli
