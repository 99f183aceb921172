// SPDX-License-Identifier: LGPL-2.1-or-later
#include "bus_test.h"

#include "support/quota_filler.h"

namespace guestkeyd::test {

namespace {

// Root's quota is one for the whole machine, so this program runs alone.
class Quota : public BusTest {};

TEST_F(Quota, ThatIsFullLeavesTheOldKeyAndStoresNothingNew) {
    attach(guest, {volume});
    const auto before = state();
    {
        const QuotaFiller filler(200);
        const std::string longer(4000, 'k');
        const AttachArguments both{guest, {{volume, {}}, {other_volume, {}}}, {}, false};
        const auto answer = attach_keys(root, both, pipe_with(longer + "\n" + longer + "\n")).answer();
        EXPECT_EQ(short_name(answer), "LimitsExceeded") << answer;
        EXPECT_NE(answer.message.find("quota"), std::string::npos) << answer;
        EXPECT_EQ(state(), before);
    }
    EXPECT_EQ(agent.keys().payloads_of(guest), std::vector<std::string>{"key of " + volume});
    EXPECT_TRUE(agent.running());
}

TEST_F(Quota, ThatFillsInTheMiddleOfAPushStoresNoneOfItsKeys) {
    {
        const QuotaFiller filler(3000);
        AttachArguments many{guest, {}, {}, false};
        std::string keys;
        for (int i = 0; i < 40; ++i) {
            many.volumes.push_back({uuid_of("volume " + std::to_string(i)), {}});
            keys += std::string(100, 'k') + "\n";
        }
        EXPECT_EQ(short_name(attach_keys(root, many, pipe_with(keys)).answer()), "LimitsExceeded");
        EXPECT_EQ(manager_property(root, "KeyCount"), "0");
        EXPECT_EQ(manager_property(root, "GuestCount"), "0");
    }
    EXPECT_EQ(agent.keys().serials().size(), 0U);
}

TEST_F(Quota, ThatIsFullDoesNotHinderPurging) {
    attach(guest, {volume, other_volume});
    const QuotaFiller filler(0);
    EXPECT_EQ(purge_guest(root, guest).answer().text, "2");
    EXPECT_EQ(agent.keys().serials().size(), 0U);
}

} // namespace

} // namespace guestkeyd::test
