// SPDX-License-Identifier: LGPL-2.1-or-later
// guestkey is killed at random moments; the same command again ends well, and at no moment is there a volume without a
// key in the database that opens it.
#include "guestkey_fixture.h"
#include "support/random_kills.h"

#include <csignal>

namespace guestkeyd::test {

namespace {

class KilledGuestkey : public GuestkeyTest {
  protected:
    void expect_no_job_runs() const {
        EXPECT_TRUE(wait_until([this] { return manager_property(root, "JobCount") == "0"; }));
    }

    static constexpr unsigned kKills = 25;
};

TEST_F(KilledGuestkey, MakesAVolumeInTheEnd) {
    RandomKills kills(kKills);
    kills.take_time_of(command("volume create here ./disk --format=luks1 --size=8M"));
    for (unsigned round = 0; round < kills.rounds(); ++round) {
        const auto disk = at("disk" + std::to_string(round));
        const auto create = "volume create here " + disk + " --format=luks1 --size=8M";
        kills.run_and_kill(command(create));
        expect_no_job_runs();
        if (std::filesystem::exists(disk)) // then the key that opens it is there already
            expect("volume test " + disk, 0, "key opens volume");
        expect(create, 0, "is there");
        expect("volume test " + disk, 0, "the current key opens volume");
    }
}

TEST_F(KilledGuestkey, RekeysAVolumeInTheEnd) {
    const auto disk = create("./disk --format=luks2 --size=32M");
    const auto rekey = "volume rekey " + disk;
    RandomKills kills(kKills);
    kills.take_time_of(command(rekey));
    for (unsigned round = 0; round < kills.rounds(); ++round) {
        kills.run_and_kill(command(rekey));
        expect_no_job_runs();
        expect("volume test " + disk, 0, "key opens volume");
        expect(rekey, 0, "has a new key");
        EXPECT_EQ(keys("new", disk), 0);
        expect("volume test " + disk, 0, "the current key opens volume");
    }
}

TEST_F(KilledGuestkey, GoesOnWithAJobThatRunsOn) {
    const auto disk = create("./disk --format=luks2 --size=256M");
    Process process(command("volume rekey " + disk));
    ASSERT_TRUE(wait_until([this] { return manager_property(root, "JobCount") == "1"; }));
    process.end(SIGKILL);
    expect("status", 0, "was not rekeyed to its end");
    expect("volume rekey " + disk, 0, "has a new key");
    EXPECT_EQ(keys("old", disk), 1);
}

TEST_F(KilledGuestkey, GoesOnAfterTheAgentHasDiedToo) {
    const auto disk = create("./disk --format=luks2 --size=256M");
    Process process(command("volume rekey " + disk));
    ASSERT_TRUE(wait_until([this] { return manager_property(root, "JobCount") == "1"; }));
    agent.kill9();
    EXPECT_NE(process.wait(), 0);
    agent.start();
    wait_for_libvirt();
    expect("volume test " + disk, 0, "key opens volume");
    expect("volume rekey " + disk, 0, "has a new key");
}

TEST_F(KilledGuestkey, WorksOnAVolumeOnlyOnce) {
    const auto disk = create("./disk --format=luks2 --size=256M");
    Process process(command("volume rekey " + disk));
    ASSERT_TRUE(wait_until([this] { return manager_property(root, "JobCount") == "1"; }));
    ASSERT_EQ(kill(agent.pid(), SIGSTOP), 0); // the first does not hear of its end meanwhile
    expect("volume rekey " + disk, 5, "another guestkey works on volume");
    ASSERT_EQ(kill(agent.pid(), SIGCONT), 0);
    EXPECT_EQ(process.wait(), 0);
}

} // namespace

} // namespace guestkeyd::test
