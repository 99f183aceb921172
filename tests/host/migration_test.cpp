// SPDX-License-Identifier: LGPL-2.1-or-later
#include "host/pair_test.h"

#include <filesystem>

namespace guestkeyd::test {

namespace {

// Guests that move to the other host.
class Migration : public PairTest {
  protected:
    explicit Migration(const AgentOptions& options = {}) : PairTest(options) {}

    void runs(const AttachArguments& options = {}) {
        start(guest, options);
        EXPECT_TRUE(comes_to_be(guest, kRunning));
        hand_over(guest);
    }

    static void must(const Finished& finished) { ASSERT_EQ(finished.status, 0) << finished.error; }

    const LibvirtGuest guest{"traveller"};
};

TEST_F(Migration, TakesTheKeysFromTheSourceAndLeavesThemAtTheDestination) {
    runs();
    must(migrate(guest));
    expect_arrived(guest);
    EXPECT_EQ(guest.state(), "shut off");
    EXPECT_NE(guest.start().status, 0);
}

TEST_F(Migration, TakesKeysThatAreWipedOnUndefinedToo) {
    runs({.wipe_on = "undefined"});
    must(migrate(guest));
    expect_arrived(guest);
}

TEST_F(Migration, LeavesAGuestThatIsForgottenWhenItStopsThere) {
    runs();
    must(migrate(guest));
    expect_arrived(guest);
    must(there.host.virsh({"shutdown", guest.name()}));
    EXPECT_NE(there.signals.next("KeysPurged").text.find("stopped"), std::string::npos);
    EXPECT_TRUE(there.agent.keys().serials().empty());
}

TEST_F(Migration, WithPersistentLeavesAGuestThatStartsAgainThere) {
    runs();
    must(migrate(guest, {"--persistent"}));
    expect_arrived(guest);
    must(there.host.virsh({"shutdown", guest.name()}));
    EXPECT_TRUE(there.comes_to_be(guest, kPresent));
    must(there.host.virsh({"start", guest.name()}));
    EXPECT_TRUE(guest.boots());
}

TEST_F(Migration, WithUndefineSourceTakesTheKeysToo) {
    runs();
    must(migrate(guest, {"--persistent", "--undefinesource"}));
    expect_arrived(guest);
    EXPECT_EQ(guest.state(), "");
}

TEST_F(Migration, OfAPausedGuestLeavesItPausedAndLosesItsKeysThereWhenDestroyed) {
    runs();
    must(virsh({"suspend", guest.name()}));
    must(migrate(guest));
    EXPECT_NE(signals.next("KeysPurged").text.find("migrated"), std::string::npos);
    EXPECT_EQ(there.state_of(guest), "paused");
    EXPECT_TRUE(there.comes_to_be(guest, kRunning));
    must(there.host.virsh({"destroy", guest.name()}));
    EXPECT_NE(there.signals.next("KeysPurged").text.find("destroyed"), std::string::npos);
    EXPECT_TRUE(there.agent.keys().serials().empty());
    expect_no_secret_left();
}

// Both images have the same key, and nothing else in common.
TEST_F(Migration, WithCopyStorageNeedsTheKeyAtBothHosts) {
    const std::string images = "/var/lib/libvirt/images";
    std::filesystem::create_directories(images);
    const LibvirtGuest settler{"settler", {.folder = images}};
    const auto images_there = there.host.file("lib/images");
    std::filesystem::create_directories(images_there);
    LibvirtGuest::make_volume(images_there / settler.name(), "this is not the guest");
    start(settler);
    hand_over(settler);
    must(migrate(settler, {"--copy-storage-all"}));
    expect_arrived(settler);
}

TEST_F(Migration, ThereAndBackBringsTheKeysBack) {
    runs();
    must(migrate(guest, {"--persistent", "--undefinesource"}));
    expect_arrived(guest);
    attach(guest);
    must(there.host.virsh({"migrate", guest.name(), there.host.libvirt_here(), "--live", "--p2p", "--unsafe",
                           "--persistent", "--undefinesource", "--migrateuri=unix://" + guest.file("back").string()}));
    EXPECT_NE(there.signals.next("KeysPurged").text.find("migrated"), std::string::npos);
    EXPECT_TRUE(there.agent.keys().serials().empty());
    expect_stayed(guest);
}

// No event tells the source of it.
class OfflineMigration : public Migration {
  protected:
    OfflineMigration() : Migration({.libvirt = {{"ReconcileSec", "1"}}}) {
        attach(guest);
        hand_over(guest);
        EXPECT_TRUE(comes_to_be(guest, kPresent));
    }
};

TEST_F(OfflineMigration, OfAGuestThatIsGoneTakesTheKeys) {
    must(migrate_offline(guest, {"--undefinesource"}));
    EXPECT_NE(signals.next("KeysPurged").text.find("vanished"), std::string::npos);
    EXPECT_TRUE(wait_until([this] { return agent.keys().serials().empty(); }));
    EXPECT_TRUE(there.comes_to_be(guest, kPresent));
    must(there.host.virsh({"start", guest.name()}));
    EXPECT_TRUE(guest.boots());
}

TEST_F(OfflineMigration, OfAGuestThatStaysDefinedLeavesTheKeysAtBoth) {
    must(migrate_offline(guest));
    EXPECT_TRUE(there.comes_to_be(guest, kPresent));
    must(guest.start());
    EXPECT_TRUE(comes_to_be(guest, kRunning));
    expect_stayed(guest);
}

} // namespace

} // namespace guestkeyd::test
