// SPDX-License-Identifier: LGPL-2.1-or-later
#include "volume_bus_test.h"

#include "support/luks_content.h"

#include <csignal>
#include <fstream>
#include <random>

namespace guestkeyd::test {

namespace {

// Processes that are killed while they work on volumes.
class VolumeKill : public VolumeBusTest {
  protected:
    VolumeKill() : VolumeBusTest(AgentOptions{.jobs = {{"CancelGraceSec", "1"}}}) {}
    void SetUp() override {
        wait_for_libvirt();
        make("luks2", kLong);
        LuksContent(at("volume"), kOldKey).fill();
    }

    std::string start_and_wait_until_it_is_under_way() {
        auto job = start_reencrypt(at("volume"));
        EXPECT_TRUE(wait_until([&] { return is_under_way(job); }));
        return job;
    }
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
    [[nodiscard]] std::string start_again() const {
        std::string job;
        EXPECT_TRUE(wait_until([&] {
            const auto call =
                reencrypt_volume(root, {{"path", at("volume")}}, pipe_with(kOldKey + "\n" + kNewKey + "\n"),
                                 {{"hotzone", std::uint64_t{512 * 1024}}});
            job = job_of(call.answer());
            return wait_until([&] { return job_property(root, job, "BytesDone") != "0" || ended(job); }) && !ended(job);
        }));
        return job;
    }
    [[nodiscard]] bool ended(const std::string& job) const { return job_property(root, job, "State") >= "3"; }
    // Again and again, while what was killed still lets go of the volume.
    void expect_resumes() const {
        std::string end;
        EXPECT_TRUE(wait_until([&] {
            end = end_of_job(root, start_reencrypt(at("volume")));
            return end != "Busy";
        }));
        EXPECT_EQ(end, "");
        EXPECT_EQ(opens(at("volume"), kOldKey), "false");
        EXPECT_EQ(LuksContent(at("volume"), kNewKey).bad_sectors(), 0U);
    }
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

// As many times as there is something left to do, agent and worker in turn.
TEST_F(VolumeKill, AtRandomPointsOfOneReencryptionLosesNothing) {
    const auto seed = std::random_device()();
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937 random(seed);
    int kills = 0;
    for (std::uint64_t reached = 0; reached < kLong / 4; ++kills) {
        const auto job = start_again();
        const auto target = reached + random() % (kLong / 8);
        ASSERT_TRUE(wait_until([&] {
            reached = std::stoull(job_property(root, job, "BytesDone"));
            return reached > target;
        }));
        if (kills % 2 == 0) {
            kill(worker(), SIGKILL);
            EXPECT_EQ(end_of_job(root, job), "Internal");
        } else {
            agent.kill9();
            agent.start();
            wait_for_libvirt();
        }
    }
    EXPECT_GE(kills, 2);
    expect_resumes();
}

TEST_F(VolumeKill, OfTheAgentLeavesAVolumeThatTheSameCallGoesOnWith) {
    start_and_wait_until_it_is_under_way();
    agent.kill9();
    agent.start();
    wait_for_libvirt();
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
