// SPDX-License-Identifier: LGPL-2.1-or-later
#include "host/pair_test.h"

namespace guestkeyd::test {

namespace {

// Guests that moved while an agent was down.
class MissedMigration : public PairTest {
  protected:
    MissedMigration() {
        start(guest);
        EXPECT_TRUE(comes_to_be(guest, kRunning));
        hand_over(guest);
        agent.kill9();
    }

    void expect_gone_once_the_agent_is_back() {
        agent.start();
        EXPECT_TRUE(wait_until([this] { return agent.keys().serials().empty(); }));
        EXPECT_TRUE(there.comes_to_be(guest, kRunning));
        EXPECT_EQ(there.agent.keys().keys_of(guest.uuid()).size(), 1U);
        expect_no_secret_left();
    }

    const LibvirtGuest guest{"traveller"};
};

TEST_F(MissedMigration, TakesTheKeys) {
    ASSERT_EQ(migrate(guest).status, 0);
    expect_gone_once_the_agent_is_back();
}

TEST_F(MissedMigration, WithUndefineSourceTakesTheKeys) {
    ASSERT_EQ(migrate(guest, {"--persistent", "--undefinesource"}).status, 0);
    expect_gone_once_the_agent_is_back();
}

TEST_F(MissedMigration, ThatFailedLeavesTheKeys) {
    auto migration = migrate_slowly(guest);
    EXPECT_TRUE(is_under_way(guest));
    agent.start();
    EXPECT_EQ(virsh({"domjobabort", guest.name()}).status, 0);
    EXPECT_NE(migration.wait(), 0);
    expect_stayed(guest);
    expect_awaited_there(guest);
}

TEST_F(MissedMigration, ThatIsUnderWayWhenTheAgentIsBackTakesTheKeys) {
    auto migration = migrate_slowly(guest);
    EXPECT_TRUE(is_under_way(guest));
    agent.start();
    EXPECT_TRUE(comes_to_be(guest, kRunning));
    EXPECT_EQ(virsh({"migrate-setspeed", guest.name(), "1000"}).status, 0);
    EXPECT_EQ(migration.wait(), 0);
    expect_arrived(guest);
}

} // namespace

} // namespace guestkeyd::test
