// SPDX-License-Identifier: LGPL-2.1-or-later
#include "host/pair_test.h"

namespace guestkeyd::test {

namespace {

// The guest runs there already, while its memory still comes from here.
class PostCopy : public PairTest {
  protected:
    PostCopy() {
        start(guest);
        hand_over(guest);
        migration.emplace(migrate_slowly(guest, {"--postcopy", "--postcopy-bandwidth=1"}));
        EXPECT_TRUE(is_under_way(guest));
        EXPECT_EQ(virsh({"migrate-postcopy", guest.name()}).status, 0);
        EXPECT_TRUE(comes_to_be(guest, kLeaving));
        EXPECT_TRUE(wait_until([this] { return there.state_of(guest) == "running"; }));
    }

    void hurry() const {
        const auto set = virsh({"migrate-setspeed", guest.name(), "1000", "--postcopy"});
        EXPECT_EQ(set.status, 0) << set.error;
    }
    void expect_keys_at_both() const {
        EXPECT_EQ(agent.keys().keys_of(guest.uuid()).size(), 1U);
        EXPECT_EQ(there.agent.keys().keys_of(guest.uuid()).size(), 1U);
        expect_no_secret_left();
    }

    const LibvirtGuest guest{"traveller"};
    std::optional<Process> migration;
};

TEST_F(PostCopy, ThatSucceedsTakesTheKeys) {
    EXPECT_TRUE(there.comes_to_be(guest, kRunning));
    expect_keys_at_both();
    hurry();
    EXPECT_EQ(migration->wait(), 0);
    expect_arrived(guest);
}

TEST_F(PostCopy, KeepsKeysInUseFromBeingPurged) {
    EXPECT_EQ(short_name(purge_guest(root, guest.uuid()).answer()), "Busy");
    EXPECT_EQ(short_name(purge_guest(there.root, guest.uuid()).answer()), "Busy");
    expect_keys_at_both();
}

TEST_F(PostCopy, IsKnownToAnAgentThatIsStartedMeanwhile) {
    agent.kill9();
    agent.start();
    EXPECT_TRUE(comes_to_be(guest, kLeaving));
    expect_keys_at_both();
    hurry();
    EXPECT_EQ(migration->wait(), 0);
    EXPECT_TRUE(wait_until([this] { return agent.keys().serials().empty(); }));
    EXPECT_TRUE(there.comes_to_be(guest, kRunning));
}

TEST_F(PostCopy, ThatFailsLeavesTheKeysAtBothUntilItIsResumed) {
    EXPECT_EQ(virsh({"domjobabort", guest.name(), "--postcopy"}).status, 0);
    EXPECT_NE(migration->wait(), 0);
    EXPECT_TRUE(comes_to_be(guest, kRunning));
    EXPECT_EQ(guest.state(), "paused");
    EXPECT_TRUE(there.comes_to_be(guest, kRunning));
    EXPECT_EQ(there.state_of(guest), "running");
    expect_keys_at_both();
    const auto resumed = migrate(guest, {"--postcopy", "--postcopy-resume", "--postcopy-bandwidth=1000"});
    EXPECT_EQ(resumed.status, 0) << resumed.error;
    expect_arrived(guest);
}

} // namespace

} // namespace guestkeyd::test
