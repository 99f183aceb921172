// SPDX-License-Identifier: LGPL-2.1-or-later
// guestkeyctl volume and job.
#include "volume_bus_test.h"

namespace guestkeyd::test {

namespace {

class VolumeTools : public VolumeBusTest {
  protected:
    void SetUp() override {
        wait_for_libvirt();
        write_file(at("old"), kOldKey + "\n");
        write_file(at("new"), kNewKey + "\n");
        write_file(at("both"), kOldKey + "\n" + kNewKey + "\n");
    }
    // In the folder of the keys.
    [[nodiscard]] Finished guestkeyctl(const std::string& arguments) const {
        return run({"bash", "-c", "cd " + at("") + "; " GUESTKEYCTL_PROGRAM " " + arguments}, bus.environment());
    }
    void expect(const std::string& arguments, int status, const std::string& words) const {
        const auto finished = guestkeyctl(arguments);
        EXPECT_EQ(finished.status, status) << arguments << "\n" << finished.output << finished.error;
        EXPECT_NE((finished.output + finished.error).find(words), std::string::npos)
            << arguments << "\n"
            << finished.output << finished.error;
    }
    void make_volume() const { expect("volume create ./volume --format=luks1 --size=8M --key-file=old", 0, "done"); }
};

TEST_F(VolumeTools, MakeTestAndReencryptAVolume) {
    expect("volume create ./volume --format=luks2 --size=8M --key-file=old", 0,
           "job 1 done: create " + at("volume") + "\n");
    expect("volume test ./volume --key-file=old", 0, "the key opens volume " + at("volume"));
    expect("volume test ./volume --key-file=new", 13, "the key does not open volume");
    expect("volume reencrypt ./volume --key-file=both", 0, "job 2 done: reencrypt");
    expect("volume test ./volume <new", 0, "opens");
}

TEST_F(VolumeTools, TakeTheNewKeyFromAFileOfItsOwn) {
    make_volume();
    expect("volume reencrypt ./volume --new-key-file=new <old", 0, "done");
    expect("volume test ./volume --key-file=new", 0, "opens");
}

TEST_F(VolumeTools, SayInTheirExitStatusWhatWentWrong) {
    expect("volume create ./volume --format=luks1 --key-file=old", 2, "capacity");
    expect("volume create ./volume --format=luks3 --size=8M --key-file=old", 2, "luks2, luks1 or qcow2");
    expect("volume test ./volume --key-file=old", 4, "does not exist");
    make_volume();
    expect("volume create ./volume --format=luks1 --size=8M --key-file=old", 2, "overwrite");
    write_file(at("wrong"), "a wrong key\n");
    expect("volume reencrypt ./volume --key-file=wrong --new-key-file=new", 13, "neither key opens it");
    expect("volume reencrypt ./volume --key-file=old", 2, "1 line for 2 keys");
    expect("volume reencrypt ./volume --online --key-file=both", 9, "only luks2 is re-encrypted while it is in use");
    expect("job show 99", 4, "there is no job 99");
    expect("job wait x", 2, "'x' is no number of a job");
}

TEST_F(VolumeTools, LeaveAJobToRunAndFindItAgain) {
    expect("volume create ./volume --format=luks2 --size=256M --key-file=old", 0, "done");
    expect("volume reencrypt ./volume --key-file=both --hotzone=64K --no-wait", 0, "2\n");
    expect("job list", 0, at("volume"));
    expect("job cancel 2", 0, "");
    expect("job wait 2", 14, "cancelled");
    expect("job show 2", 0, "State: cancelled");
    expect("volume reencrypt ./volume --key-file=both -q", 0, "");
    expect("job list --json=short", 0,
           R"({"job":3,"operation":"reencrypt","volume":")" + at("volume") + R"(","state":"done","progress":)");
}

TEST_F(VolumeTools, ShowInTheMonitorWhatHappensToJobs) {
    write_file(at("events"), "");
    auto environment = bus.environment();
    const Process monitor({{GUESTKEYCTL_PROGRAM, "monitor", "--json=short"}, environment, at("events"), {}});
    const auto seen = [this](const std::string& text) {
        return read_file(at("events")).find(text) != std::string::npos;
    };
    // It may not listen yet when the first job comes, and hears of a number of jobs only that is not gone in a moment.
    ASSERT_TRUE(wait_until([&] {
        expect("volume create ./volume --format=luks1 --size=1M --overwrite --key-file=old", 0, "done");
        return seen("job-added") && seen(R"("event":"status-changed","jobs":1)");
    }));
    EXPECT_TRUE(wait_until([&] { return seen(R"("operation":"create","volume":")" + at("volume")); }));
    EXPECT_TRUE(wait_until([&] { return seen(R"("state":"done","message":null)"); }));
}

TEST_F(VolumeTools, WriteLinesIntoAPipe) {
    expect("volume create ./volume --format=luks2 --size=256M --key-file=old", 0, "done");
    const auto finished = guestkeyctl("volume reencrypt ./volume --key-file=both --hotzone=1M | cat");
    EXPECT_EQ(finished.output.find('\r'), std::string::npos);
    EXPECT_NE(finished.output.find("job 2 running: "), std::string::npos) << finished.output;
    EXPECT_NE(finished.output.find("M of 256.0M"), std::string::npos) << finished.output;
}

} // namespace

} // namespace guestkeyd::test
