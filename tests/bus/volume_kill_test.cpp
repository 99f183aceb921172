// SPDX-License-Identifier: LGPL-2.1-or-later
// More kills at random, on a larger volume, by the environment:
//   GUESTKEYD_KILLS=100 GUESTKEYD_KILL_MIB=1024 volume-kill-bus-test --gtest_filter='*AtRandomPoints*'
#include "volume_bus_test.h"

#include "support/luks_content.h"
#include "support/setting.h"

#include <csignal>
#include <fstream>
#include <random>

namespace guestkeyd::test {

namespace {

// Processes that are killed while they work on volumes.
class VolumeKill : public VolumeBusTest {
  protected:
    using Keys = std::pair<std::string, std::string>; // old and new

    VolumeKill() : VolumeBusTest(AgentOptions{.jobs = {{"CancelGraceSec", "1"}}}) {}
    void SetUp() override {
        wait_for_libvirt();
        make("luks2", bytes_);
        LuksContent(at("volume"), kOldKey).fill();
    }

    std::string start_and_wait_until_it_is_under_way() { return start_slow_reencrypt(at("volume")); }
    // The one child of the agent.
    [[nodiscard]] pid_t worker() const {
        const auto pid = std::to_string(agent.pid());
        std::ifstream children("/proc/" + pid + "/task/" + pid + "/children");
        pid_t child = 0;
        children >> child;
        if (child <= 0)
            throw Failure(ErrorCode::Internal, "the agent has no worker");
        return child;
    }
    // With a small hot zone, so that it takes long. Again, while what was killed still lets go of the volume.
    [[nodiscard]] std::string start_again(const Keys& keys) const {
        std::string job;
        EXPECT_TRUE(wait_until([&] {
            const auto call =
                reencrypt_volume(root, {{"path", at("volume")}}, pipe_with(keys.first + "\n" + keys.second + "\n"),
                                 {{"hotzone", kSmallHotZone}});
            job = job_of(call.answer());
            return wait_until([&] { return bytes_done(job) > 0 || ended(job); }) &&
                   job_property(root, job, "ErrorName").empty();
        }));
        return job;
    }
    [[nodiscard]] std::uint64_t bytes_done(const std::string& job) const {
        return std::stoull(job_property(root, job, "BytesDone"));
    }
    [[nodiscard]] bool ended(const std::string& job) const { return job_property(root, job, "State") >= "3"; }
    // False if the job has ended before it got there.
    [[nodiscard]] bool reaches(const std::string& job, std::uint64_t bytes) const {
        EXPECT_TRUE(wait_until([&] { return bytes_done(job) > bytes || ended(job); }));
        return !ended(job);
    }
    void kill_worker(const std::string& job) const {
        kill(worker(), SIGKILL);
        EXPECT_EQ(end_of_job(root, job), "Internal");
    }
    void kill_agent() {
        agent.kill9();
        agent.start();
        wait_for_libvirt();
    }
    [[nodiscard]] std::uint64_t bad_sectors(const std::string& key) const {
        return LuksContent(at("volume"), key).bad_sectors();
    }
    // Again and again, while what was killed still lets go of the volume.
    void expect_resumes() const {
        std::string end;
        EXPECT_TRUE(wait_until([&] {
            end = end_of_job(root, start_reencrypt(at("volume")));
            return end != "Busy";
        }));
        EXPECT_EQ(end, "");
        EXPECT_EQ(opens(at("volume"), kOldKey), "false");
        EXPECT_EQ(bad_sectors(kNewKey), 0U);
    }

    const std::uint64_t bytes_ = setting("GUESTKEYD_KILL_MIB", kLong / kMiB) * kMiB;
};

TEST_F(VolumeKill, OfTheWorkerIsAnErrorOfItsJobAndNothingElse) {
    const auto job = start_and_wait_until_it_is_under_way();
    ASSERT_EQ(kill(worker(), SIGKILL), 0);
    EXPECT_EQ(end_of_job(root, job), "Internal");
    EXPECT_NE(job_property(root, job, "ErrorMessage").find("died (signal 9); the same call goes on"),
              std::string::npos);
    EXPECT_EQ(opens(at("volume"), kNewKey), "true");
    expect_resumes();
}

// Agent and worker in turn; a re-encryption that gets to its end is followed by one back to the old key.
TEST_F(VolumeKill, AtRandomPointsLosesNothing) {
    const auto seed = std::random_device()();
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937 random(seed);
    Keys keys{kOldKey, kNewKey};
    std::uint64_t reached = 0;
    for (unsigned kills = 0; kills < setting("GUESTKEYD_KILLS", 4);) {
        const auto job = start_again(keys);
        if (reaches(job, reached + random() % (bytes_ / 6))) {
            reached = bytes_done(job);
            kills++ % 2 == 0 ? kill_worker(job) : kill_agent();
        } else {
            ASSERT_EQ(end_of_job(root, job), "");
            ASSERT_EQ(bad_sectors(keys.second), 0U);
            std::swap(keys.first, keys.second);
            reached = 0;
        }
    }
    ASSERT_EQ(end_of_job(root, start_again(keys)), "");
    EXPECT_EQ(bad_sectors(keys.second), 0U);
}

TEST_F(VolumeKill, OfTheAgentLeavesAVolumeThatTheSameCallGoesOnWith) {
    start_and_wait_until_it_is_under_way();
    kill_agent();
    expect_resumes();
}

TEST_F(VolumeKill, OfAWorkerThatDoesNotStopIsTheEndOfACancelledJob) {
    const auto job = start_and_wait_until_it_is_under_way();
    ASSERT_EQ(kill(worker(), SIGSTOP), 0);
    EXPECT_TRUE(cancel_job(root, job).answer().ok());
    EXPECT_EQ(job_property(root, job, "State"), "2");
    EXPECT_EQ(end_of_job(root, job), "Cancelled");
    expect_resumes();
}

TEST_F(VolumeKill, OfTheAgentByTheServiceManagerStopsTheWorkerToo) {
    start_and_wait_until_it_is_under_way();
    const auto child = worker();
    agent.stop();
    EXPECT_TRUE(wait_until([child] { return kill(child, 0) < 0; }));
    agent.start();
    wait_for_libvirt();
    expect_resumes();
}

} // namespace

} // namespace guestkeyd::test
