// SPDX-License-Identifier: LGPL-2.1-or-later
#include "bus_test.h"

#include "support/user_namespace.h"

#include <filesystem>

namespace guestkeyd::test {

namespace {

// In a user namespace, so that the quota is small and nobody else's.
class Quota : public BusTest {
  protected:
    [[nodiscard]] std::uint64_t number(const std::string& property) const {
        return std::stoull(manager_property(root, property));
    }
    // Keys of other volumes than those that tests name.
    [[nodiscard]] Answer attach_many(int count, std::size_t bytes) const {
        AttachArguments many{guest, {}, {}, false};
        std::string keys;
        for (int i = 0; i < count; ++i) {
            many.volumes.push_back({uuid_of("volume " + std::to_string(i)), {}});
            keys += std::string(bytes, 'k') + "\n";
        }
        return attach_keys(root, many, pipe_with(keys)).answer();
    }
    static void expect_refused(const Answer& answer) {
        EXPECT_EQ(short_name(answer), "LimitsExceeded") << answer;
        EXPECT_NE(answer.message.find("quota"), std::string::npos) << answer;
    }
};

TEST_F(Quota, IsShownAsTheKernelCountsIt) {
    const auto before = number("QuotaUsed");
    attach(guest, {volume});
    const auto with_guest = number("QuotaUsed");
    EXPECT_GT(with_guest, before);
    EXPECT_TRUE(attach_many(1, 1000).ok());
    EXPECT_GE(number("QuotaUsed"), with_guest + 1000);
    EXPECT_LT(number("QuotaUsed"), number("QuotaMax"));
}

// The kernel's garbage collector gives it back a moment after the answer, and that of an earlier test so, too.
TEST_F(Quota, OfBytesThatFillsStoresNoneOfAPushAndKeepsWhatThereWas) {
    attach(guest, {volume});
    const auto before = state();
    expect_refused(attach_many(10, 4000));
    EXPECT_EQ(state(), before);
    EXPECT_EQ(agent.keys().payloads_of(guest), std::vector<std::string>{"key of " + volume});
}

TEST_F(Quota, OfKeysThatFillsStoresNoneOfAPushAndKeepsWhatThereWas) {
    attach(guest, {volume});
    const auto before = state();
    expect_refused(attach_many(250, 1));
    EXPECT_EQ(state(), before);
}

TEST_F(Quota, ThatIsUsedUpLeavesTheOldKeyInPlace) {
    ASSERT_TRUE(wait_until([this] { return attach_many(4, 3900).ok(); }));
    wait_for_state_of(guest);
    const auto before = state();
    const AttachArguments longer{guest, {{uuid_of("volume 0"), {}}}, {}, false};
    expect_refused(attach_keys(root, longer, pipe_with(std::string(4096, 'n') + "\n")).answer());
    EXPECT_EQ(state(), before);
    EXPECT_EQ(agent.keys().payloads_of(guest), std::vector<std::string>(4, std::string(3900, 'k')));
}

TEST_F(Quota, IsGivenBackByWhatIsRefusedAndByWhatIsPurged) {
    for (int i = 0; i < 20; ++i) {
        expect_refused(attach_many(10, 4000));
        ASSERT_TRUE(wait_until([this] { return attach_many(4, 3900).ok(); }));
        EXPECT_EQ(purge_guest(root, guest).answer().text, "4");
    }
    EXPECT_EQ(agent.keys().serials().size(), 0U);
}

TEST_F(Quota, ThatIsNearlyFullIsWarnedAbout) {
    ASSERT_TRUE(wait_until([this] { return attach_many(4, 4000).ok(); }));
    EXPECT_TRUE(wait_until([this] { return agent.log().find("quota") != std::string::npos; })) << agent.log();
}

} // namespace

} // namespace guestkeyd::test

int main(int argc, char** argv) {
    testing::InitGoogleTest(&argc, argv);
    // An earlier run's report belongs to a user of that run's namespace.
    if (const std::string report = GTEST_FLAG_GET(output); report.starts_with("xml:"))
        std::filesystem::remove(report.substr(4));
    guestkeyd::test::enter_user_namespace();
    return RUN_ALL_TESTS();
}
