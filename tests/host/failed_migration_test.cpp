// SPDX-License-Identifier: LGPL-2.1-or-later
#include "host/pair_test.h"

#include <csignal>
#include <gmock/gmock.h>

namespace guestkeyd::test {

namespace {

using testing::HasSubstr;

// Guests that were to move to the other host, and did not.
class FailedMigration : public PairTest {
  protected:
    FailedMigration() {
        start(guest);
        EXPECT_TRUE(comes_to_be(guest, kRunning));
    }

    [[nodiscard]] Process begins() const {
        attach_there(guest);
        auto migration = migrate_slowly(guest);
        EXPECT_TRUE(is_under_way(guest));
        return migration;
    }

    const LibvirtGuest guest{"traveller"};
};

TEST_F(FailedMigration, WithoutTheKeyThereIsRefusedAndSaysWhichIsMissing) {
    const auto refused = migrate(guest);
    EXPECT_NE(refused.status, 0);
    EXPECT_THAT(refused.error, HasSubstr("no key of volume " + guest.volume() + " is here for guest 'traveller'"));
    expect_stayed(guest);
    EXPECT_TRUE(there.agent.keys().serials().empty());
}

TEST_F(FailedMigration, WithAWrongKeyThereWorksOnceTheRightOneHasCome) {
    attach_there(guest, {}, "wrong");
    EXPECT_NE(migrate(guest).status, 0);
    expect_stayed(guest);
    expect_awaited_there(guest);
    attach_there(guest);
    EXPECT_EQ(migrate(guest).status, 0);
    expect_arrived(guest);
}

TEST_F(FailedMigration, ThatIsCancelledLeavesTheKeysHereAndForAWhileThere) {
    auto migration = begins();
    attach_there(guest, {.expected_within = 1});
    EXPECT_EQ(virsh({"domjobabort", guest.name()}).status, 0);
    EXPECT_NE(migration.wait(), 0);
    EXPECT_THAT(there.signals.next("KeysPurged").text, HasSubstr("never-came"));
    EXPECT_TRUE(wait_until([this] { return there.agent.keys().serials().empty(); }));
    expect_stayed(guest);
}

TEST_F(FailedMigration, WhoseQemuThereIsKilledLeavesTheKeysAtBoth) {
    auto migration = begins();
    ASSERT_EQ(kill(there.host.qemu(guest), SIGKILL), 0);
    EXPECT_NE(migration.wait(), 0);
    expect_stayed(guest);
    expect_awaited_there(guest);
}

TEST_F(FailedMigration, WhoseQemuHereIsKilledLeavesTheKeysAtBoth) {
    auto migration = begins();
    ASSERT_EQ(kill(guest.qemu(), SIGKILL), 0);
    EXPECT_NE(migration.wait(), 0);
    EXPECT_TRUE(comes_to_be(guest, kPresent));
    EXPECT_EQ(agent.keys().keys_of(guest.uuid()).size(), 1U);
    expect_awaited_there(guest);
}

TEST_F(FailedMigration, WhoseLibvirtdHereIsKilledLeavesTheKeysAtBoth) {
    auto migration = begins();
    libvirtd("kill");
    EXPECT_NE(migration.wait(), 0);
    EXPECT_TRUE(comes_to_be(guest, kUnknown));
    libvirtd("start");
    expect_stayed(guest);
    expect_awaited_there(guest);
}

TEST_F(FailedMigration, WhoseLibvirtdThereIsKilledLeavesTheKeysAtBoth) {
    auto migration = begins();
    there.host.libvirtd("kill");
    EXPECT_NE(migration.wait(), 0);
    EXPECT_TRUE(there.comes_to_be(guest, kUnknown));
    there.host.libvirtd("start");
    expect_stayed(guest);
    expect_awaited_there(guest);
}

TEST_F(FailedMigration, DuringWhichTheAgentThereWasKilledLeavesTheKeysAtBoth) {
    auto migration = begins();
    there.agent.kill9();
    there.agent.start();
    EXPECT_TRUE(there.comes_to_be(guest, kRunning));
    EXPECT_EQ(virsh({"domjobabort", guest.name()}).status, 0);
    EXPECT_NE(migration.wait(), 0);
    expect_stayed(guest);
    expect_awaited_there(guest);
}

} // namespace

} // namespace guestkeyd::test
