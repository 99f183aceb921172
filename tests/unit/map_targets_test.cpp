// SPDX-License-Identifier: LGPL-2.1-or-later
// Tables as libcryptsetup 2.6.1 had left them in the kernel when it was killed.
#include "luks/map_targets.h"

#include "base/error.h"

#include <gtest/gtest.h>

namespace guestkeyd::test {
namespace {

constexpr auto kOld = ":64:logon:cryptsetup:0d46c0e0-d0";
constexpr auto kNew = ":64:logon:cryptsetup:0d46c0e0-d1";

MapTarget crypt(std::uint64_t start, std::uint64_t length, const std::string& key, std::uint64_t iv,
                const std::string& device, std::uint64_t offset, const std::string& options = "") {
    const auto text =
        "aes-xts-plain64 " + key + " " + std::to_string(iv) + " " + device + " " + std::to_string(offset) + options;
    return {start, length, "crypt", SecretBuffer::copy_of(text)};
}

std::vector<MapTarget> linear(const std::string& parameters) {
    std::vector<MapTarget> table;
    table.push_back({0, 4096, "linear", SecretBuffer::copy_of(parameters)});
    return table;
}

template <typename... Targets> std::vector<MapTarget> table_of(Targets... targets) {
    std::vector<MapTarget> table;
    (table.push_back(std::move(targets)), ...);
    return table;
}

std::string text_of(const std::vector<MapTarget>& table) {
    std::string text;
    for (const auto& target : table)
        text += std::to_string(target.start) + " " + std::to_string(target.length) + " " + target.type + " " +
                std::string(target.parameters.view()) + "\n";
    return text;
}

std::vector<MapTarget> in_the_middle(const std::string& options = "") {
    return table_of(crypt(0, 1024, kNew, 0, "254:0", 32768, options),
                    crypt(1024, 512, kNew, 1024, "253:1", 1024, options),
                    crypt(1536, 2560, kOld, 1536, "254:0", 34304, options));
}

TEST(TableOfAReencryption, TellsWhereTheHotZoneIs) {
    EXPECT_EQ(hotzone_of(in_the_middle(), "253:1"), (SectorRange{1024, 512}));
    EXPECT_EQ(hotzone_of(in_the_middle(), "253:7"), std::nullopt);
}

TEST(TableOfAReencryption, HasTheHotZoneOnTheVolumeItselfAfterwards) {
    EXPECT_EQ(
        text_of(without_hotzone(in_the_middle(), "253:1", linear("254:0 32768"))),
        text_of(table_of(crypt(0, 1536, kNew, 0, "254:0", 32768), crypt(1536, 2560, kOld, 1536, "254:0", 34304))));
}

TEST(TableOfAReencryption, KeepsTheOptionsOfItsLines) {
    const auto options = " 2 allow_discards sector_size:4096";
    EXPECT_EQ(text_of(without_hotzone(in_the_middle(options), "253:1", linear("254:0 32768"))),
              text_of(table_of(crypt(0, 1536, kNew, 0, "254:0", 32768, options),
                               crypt(1536, 2560, kOld, 1536, "254:0", 34304, options))));
}

TEST(TableOfAReencryption, IsOneLineAfterTheLastHotZone) {
    const auto last = table_of(crypt(0, 1024, kNew, 0, "254:0", 32768), crypt(1024, 512, kNew, 1024, "253:1", 1024));
    EXPECT_EQ(text_of(without_hotzone(last, "253:1", linear("254:0 32768"))),
              text_of(table_of(crypt(0, 1536, kNew, 0, "254:0", 32768))));
}

TEST(TableOfAReencryption, HasNoLinesJoinedThatDoNotGoOn) {
    const auto gap = table_of(crypt(0, 1024, kNew, 0, "254:0", 32768), crypt(1024, 512, kNew, 1024, "254:0", 65536));
    EXPECT_EQ(text_of(without_hotzone(gap, "253:1", linear("254:0 32768"))), text_of(gap));
}

TEST(TableOfAReencryption, IsRefusedIfItIsNotLibcryptsetups) {
    const auto none = linear("254:0 32768");
    EXPECT_THROW(without_hotzone(linear("254:0 0"), "253:1", none), Failure);
    EXPECT_THROW(without_hotzone(in_the_middle(), "253:1", in_the_middle()), Failure);
    EXPECT_THROW(without_hotzone(in_the_middle(), "253:1", linear("254:0")), Failure);
    EXPECT_THROW(hotzone_of(linear("254:0 0"), "253:1"), Failure);
}

} // namespace
} // namespace guestkeyd::test
