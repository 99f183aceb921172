// SPDX-License-Identifier: LGPL-2.1-or-later
// guestkey is killed at random moments; the same command again ends well, and at no moment is there a volume without a
// key in the database that opens it.
#include "guestkey_fixture.h"

#include <csignal>
#include <random>
#include <unistd.h>

namespace guestkeyd::test {

namespace {

class KilledGuestkey : public GuestkeyTest {
  protected:
    // Killed after so many microseconds, unless it has ended by then.
    void run_and_kill(const std::vector<std::string>& arguments, unsigned microseconds) const {
        std::vector<std::string> command{GUESTKEY_PROGRAM};
        command.insert(command.end(), arguments.begin(), arguments.end());
        Process process({command, environment(), {}, {}});
        usleep(microseconds); // the moment of its death, nothing that is waited for
        process.signal(SIGKILL);
        process.wait();
    }
    void expect_no_job_runs() const {
        EXPECT_TRUE(wait_until([this] { return manager_property(root, "JobCount") == "0"; }));
    }
    unsigned below(unsigned limit) { return random_() % limit; }

    static constexpr int kRounds = 25;

  private:
    std::random_device random_;
};

TEST_F(KilledGuestkey, MakesAVolumeInTheEnd) {
    for (int round = 0; round < kRounds; ++round) {
        const auto disk = at("disk" + std::to_string(round));
        const std::vector<std::string> command{"volume", "create", "here", disk, "--format=luks1", "--size=8M"};
        run_and_kill(command, below(400'000));
        expect_no_job_runs();
        if (std::filesystem::exists(disk)) // then the key that opens it is there already
            expect("volume test " + disk, 0, "key opens volume");
        expect("volume create here " + disk + " --format=luks1 --size=8M", 0, "is there");
        expect("volume test " + disk, 0, "the current key opens volume");
    }
}

TEST_F(KilledGuestkey, RekeysAVolumeInTheEnd) {
    const auto disk = create("./disk --format=luks2 --size=32M");
    for (int round = 0; round < kRounds; ++round) {
        run_and_kill({"volume", "rekey", disk}, below(600'000));
        expect_no_job_runs();
        expect("volume test " + disk, 0, "key opens volume");
        expect("volume rekey " + disk, 0, "has a new key");
        EXPECT_EQ(keys("new", disk), 0);
        expect("volume test " + disk, 0, "the current key opens volume");
    }
}

TEST_F(KilledGuestkey, GoesOnWithAJobThatRunsOn) {
    const auto disk = create("./disk --format=luks2 --size=256M");
    Process process({{GUESTKEY_PROGRAM, "volume", "rekey", disk}, environment(), {}, {}});
    ASSERT_TRUE(wait_until([this] { return manager_property(root, "JobCount") == "1"; }));
    process.end(SIGKILL);
    expect("status", 0, "was not rekeyed to its end");
    expect("volume rekey " + disk, 0, "has a new key");
    EXPECT_EQ(keys("old", disk), 1);
}

TEST_F(KilledGuestkey, GoesOnAfterTheAgentHasDiedToo) {
    const auto disk = create("./disk --format=luks2 --size=256M");
    Process process({{GUESTKEY_PROGRAM, "volume", "rekey", disk}, environment(), {}, {}});
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
    Process process({{GUESTKEY_PROGRAM, "volume", "rekey", disk}, environment(), {}, {}});
    ASSERT_TRUE(wait_until([this] { return manager_property(root, "JobCount") == "1"; }));
    expect("volume rekey " + disk, 5, "another guestkey works on volume");
    EXPECT_EQ(process.wait(), 0);
}

} // namespace

} // namespace guestkeyd::test
