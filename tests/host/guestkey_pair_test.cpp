// SPDX-License-Identifier: LGPL-2.1-or-later
// guestkey with two hosts, of which it reaches one by ssh.
#include "host/pair_test.h"
#include "support/guestkey_user.h"
#include "support/project.h"
#include "support/random_kills.h"
#include "support/ssh_server.h"

namespace guestkeyd::test {

namespace {

class PairGuestkey : public PairTest, protected GuestkeyUser {
  protected:
    void SetUp() override {
        expect("init --key-file=" + (dir / "master").string(), 0, "made");
        expect("host add here qemu:///system", 0, "added");
        expect("host add there '" + there.host.libvirt() + "' --agent=root@there", 0, "added");
        write_file(dir / "key", LibvirtGuest::key() + "\n");
        expect("volume import here " + guest.disk() + " --uuid=" + guest.volume() +
                   " --key-file=" + (dir / "key").string(),
               0, guest.volume());
        expect("guest setup traveller --host=here", 0, "with 1 key");
    }
    [[nodiscard]] Environment environment() const override {
        auto variables = ssh.environment();
        variables["XDG_DATA_HOME"] = dir / "data";
        return variables;
    }
    [[nodiscard]] std::string migration() const {
        return "guest migrate traveller --to=there --unsafe --migrate-uri=unix://" + guest.file("migration").string() +
               " --disks-uri=unix://" + guest.file("storage").string();
    }
    void starts() const {
        ASSERT_EQ(guest.start().status, 0);
        ASSERT_TRUE(guest.boots());
        ASSERT_TRUE(comes_to_be(guest, kRunning));
    }
    [[nodiscard]] std::size_t keys_here() const { return agent.keys().keys_of(guest.uuid()).size(); }
    [[nodiscard]] std::size_t keys_there() const { return there.agent.keys().keys_of(guest.uuid()).size(); }

    const TempDir dir;
    const SshServer ssh{{{"there", SshServer::bridge_to(there.host.bus_address())}}};
    const LibvirtGuest guest{"traveller"};
};

TEST_F(PairGuestkey, MovesAGuestAndItsKeys) {
    starts();
    expect(migration(), 0, "its keys are there and nowhere else");
    expect_arrived(guest);
    EXPECT_EQ(guest.state(), "");
    expect(migration(), 0, "is on there");
    expect("guest list", 0, "traveller there");
}

TEST_F(PairGuestkey, MovesAGuestThatIsOff) {
    expect(migration(), 0, "is on there");
    EXPECT_EQ(keys_here(), 0U);
    EXPECT_EQ(there.host.virsh({"start", guest.name()}).status, 0);
    EXPECT_TRUE(guest.boots());
}

TEST_F(PairGuestkey, TakesTheKeysBackWhenTheGuestDoesNotArrive) {
    starts();
    expect("guest migrate traveller --to=there --unsafe --migrate-uri=unix:///nonexistent/socket", 9, "migrate guest");
    EXPECT_EQ(keys_there(), 0U);
    expect_stayed(guest);
    expect("guest list", 0, "traveller here");
}

TEST_F(PairGuestkey, DoesNotRekeyAVolumeThatAGuestOnTheOtherHostUses) {
    starts();
    expect(migration(), 0, "is on there");
    expect("volume rekey " + guest.volume(), 5, "host 'there': guest 'traveller' runs with volume");
}

TEST_F(PairGuestkey, RekeysByPolicyAfterAMigration) {
    expect("policy set " + guest.volume() + " --rekey-after-migration", 0, "after migration");
    expect(migration(), 0, "is on there");
    expect("status", 0, "is due");
    Process server({{GUESTKEY_PROGRAM, "run"}, environment(), {}, dir / "run.log"});
    EXPECT_TRUE(wait_until([&] {
        return guestkey("volume show -j " + guest.volume()).output.find("\"old\"") != std::string::npos &&
               guestkey("status").output.find("old key") == std::string::npos;
    })) << read_file(dir / "run.log");
    EXPECT_EQ(there.host.virsh({"start", guest.name()}).status, 0);
    EXPECT_TRUE(guest.boots());
}

TEST_F(PairGuestkey, RunningHasTheKeysArriveBeforeAGuestThatVirshMigrates) {
    starts();
    Process server({{GUESTKEY_PROGRAM, "run"}, environment(), {}, dir / "run.log"});
    ASSERT_TRUE(wait_until([&] {
        return std::filesystem::exists(dir / "run.log") &&
               read_file(dir / "run.log").find("host there is served") != std::string::npos;
    }));
    const auto migrated = migrate(guest, {"--persistent", "--undefinesource"});
    ASSERT_EQ(migrated.status, 0) << migrated.error << read_file(dir / "run.log");
    expect_arrived(guest);
    EXPECT_TRUE(wait_until([&] { return guestkey("guest list").output.find("traveller there") != std::string::npos; }));
}

// One that has lost its power answers as little as this one.
TEST_F(PairGuestkey, GivesUpAHostThatDoesNotAnswerAndEndsWellTheSecondTime) {
    starts();
    ASSERT_EQ(virsh({"migrate-setspeed", guest.name(), "1"}).status, 0);
    Process process({{"bash", "-c", "exec " GUESTKEY_PROGRAM " " + migration()}, environment(), {}, {}});
    ASSERT_TRUE(is_under_way(guest));
    // Its memory is not to be over there when libvirtd gives up: QEMU 7.2, when a migration is cancelled at its very
    // end, dies of the next one (bdrv_inactivate_recurse: Assertion `!(bs->open_flags & BDRV_O_INACTIVE)').
    const auto receiver = there.host.qemu(guest);
    ASSERT_EQ(kill(receiver, SIGSTOP), 0);
    const auto libvirtd = libvirtd_pid();
    ASSERT_EQ(kill(libvirtd, SIGSTOP), 0);
    EXPECT_EQ(process.wait(), 7);
    ASSERT_EQ(kill(libvirtd, SIGCONT), 0);
    // Either libvirtd over there has given up, too, or it goes on.
    ASSERT_TRUE(wait_until([&] { return migrates(guest) == !there.state_of(guest).empty(); }));
    kill(receiver, SIGCONT); // if it is still there
    EXPECT_EQ(virsh({"migrate-setspeed", guest.name(), "1000"}).status, 0);
    expect(migration(), 0, "is on there");
    EXPECT_EQ(there.state_of(guest), "running");
    EXPECT_EQ(keys_here(), 0U);
    EXPECT_EQ(keys_there(), 1U);
}

TEST_F(PairGuestkey, VirtInstallMakesAGuestThereWithKeysThatWentBySsh) {
    std::filesystem::create_directory(dir / "pool");
    ASSERT_EQ(there.host.virsh({"pool-create-as", "pool", "dir", "--target", dir / "pool"}).status, 0);
    expect("--extensions=" + project_file("client/virt").string() + " virt-install --connect '" + there.host.libvirt() +
               "' --encrypt --disk pool=pool,size=0.001 --name new --memory 16 --import --virt-type qemu --machine pc "
               "--osinfo detect=off,require=off --graphics none --network none --noautoconsole",
           0, "Domain creation completed");
    EXPECT_EQ(there.host.virsh({"domstate", "new"}).output, "running\n");
    EXPECT_NE(there.host.virsh({"dumpxml", "new"}).output.find("<encryption format='luks'"), std::string::npos);
    expect("volume test pool/new.qcow2", 0, "the current key opens");
    expect("guest destroy new", 0, "its keys are gone from there");
    EXPECT_EQ(there.host.virsh({"pool-destroy", "pool"}).status, 0);
}

TEST_F(PairGuestkey, KilledWhileItMovesAGuestEndsWellTheSecondTime) {
    RandomKills kills(10);
    for (unsigned round = 0; round <= kills.rounds(); ++round) {
        starts();
        if (round == 0)
            kills.take_time_of(command(migration()));
        else
            kills.run_and_kill(command(migration()));
        expect(migration(), 0, "is on there");
        EXPECT_EQ(there.state_of(guest), "running");
        EXPECT_EQ(keys_here(), 0U);
        EXPECT_EQ(keys_there(), 1U);
        expect("guest destroy traveller", 0, "destroyed");
        EXPECT_EQ(keys_there(), 0U);
        expect("volume test " + guest.volume(), 0, "the current key opens");
        guest.define();
        expect("guest setup traveller --host=here", 0, "with 1 key");
    }
}

} // namespace

} // namespace guestkeyd::test
