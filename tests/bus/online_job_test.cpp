// SPDX-License-Identifier: LGPL-2.1-or-later
// Jobs that outlive the agent, with a worker that only seems to work.
#include "volume_bus_test.h"

#include <csignal>
#include <filesystem>

namespace guestkeyd::test {

namespace {

class OnlineJob : public VolumeBusTest {
  protected:
    OnlineJob() : VolumeBusTest({.online_worker = STAND_IN_ONLINE_WORKER}) {}

    [[nodiscard]] std::string start() const {
        const auto call = reencrypt_volume(root, {{"path", at("volume")}}, pipe_with(kOldKey + "\n" + kNewKey + "\n"),
                                           {{"online", true}});
        auto job = job_of(call.answer());
        EXPECT_TRUE(wait_until([&] { return is_under_way(job); })) << job_property(root, job, "ErrorMessage");
        return job;
    }
    void let_it_end() const { write_file(at("volume.end"), ""); }

    // The process that seems to work; 0: none. One of an earlier test may be ending still.
    [[nodiscard]] static pid_t worker() {
        const auto found = run({"pgrep", "--newest", "--full", "--exact", STAND_IN_ONLINE_WORKER});
        return found.status == 0 ? std::stoi(found.output) : 0;
    }
    [[nodiscard]] static bool alive(pid_t process) { return kill(process, 0) == 0; }
    // The only job there is, found again by another agent.
    [[nodiscard]] std::string found() const {
        std::string job = "/org/guestkeyd1/job/1";
        EXPECT_TRUE(wait_until([&] { return is_under_way(job); })) << job_property(root, job, "ErrorMessage");
        return job;
    }
};

TEST_F(OnlineJob, IsFoundAgainByTheNextAgentAndEndsThere) {
    const auto started = job_property(root, start(), "StartTime");
    agent.kill9();
    agent.start();
    const auto job = found();
    EXPECT_EQ(job_property(root, job, "Operation"), "reencrypt");
    EXPECT_EQ(job_property(root, job, "Volume"), at("volume"));
    EXPECT_EQ(job_property(root, job, "StartedByUid"), "0");
    EXPECT_GE(job_property(root, job, "StartTime"), started);
    EXPECT_EQ(short_name(reencrypt(at("volume")).answer()), "Busy");
    let_it_end();
    EXPECT_EQ(end_of_job(root, job), "");
}

TEST_F(OnlineJob, GoesOnWhenTheAgentIsStopped) {
    static_cast<void>(start());
    const auto process = worker();
    agent.stop();
    EXPECT_TRUE(alive(process));
    agent.start();
    const auto job = found();
    EXPECT_EQ(worker(), process);
    let_it_end();
    EXPECT_EQ(end_of_job(root, job), "");
}

TEST_F(OnlineJob, ThatWasFoundAgainStopsWhenAskedTo) {
    static_cast<void>(start());
    agent.restart();
    const auto job = found();
    EXPECT_TRUE(cancel_job(root, job).answer().ok());
    EXPECT_EQ(end_of_job(root, job), "Cancelled");
    EXPECT_NE(job_property(root, job, "ErrorMessage").find("the new key opens it"), std::string::npos);
}

TEST_F(OnlineJob, EndsWhileNoAgentIsThereAndLeavesNothing) {
    static_cast<void>(start());
    const auto process = worker();
    agent.kill9();
    let_it_end();
    EXPECT_TRUE(wait_until([&] { return !alive(process); }));
    agent.start();
    EXPECT_EQ(manager_property(root, "JobCount"), "0");
    EXPECT_EQ(short_name(get_all(root, "/org/guestkeyd1/job/1", kJobInterface).answer()), "UnknownObject");
}

TEST_F(OnlineJob, WhoseWorkerDiesGoesOnWithAnotherOne) {
    const auto job = start();
    const auto first = worker();
    ASSERT_EQ(kill(first, SIGKILL), 0);
    EXPECT_TRUE(wait_until([&] { return worker() != 0 && worker() != first; }));
    EXPECT_EQ(job_property(root, job, "State"), "1");
    let_it_end();
    EXPECT_EQ(end_of_job(root, job), "");
    EXPECT_NE(agent.log().find("another one is started"), std::string::npos);
}

TEST_F(OnlineJob, ThatDiedWithoutAnAgentIsAFailureThatSaysWhatToDo) {
    static_cast<void>(start());
    const auto process = worker();
    agent.kill9();
    ASSERT_EQ(kill(process, SIGKILL), 0);
    EXPECT_TRUE(wait_until([&] { return !alive(process); }));
    agent.start();
    const std::string job = "/org/guestkeyd1/job/1";
    EXPECT_EQ(end_of_job(root, job), "Internal");
    EXPECT_NE(job_property(root, job, "ErrorMessage").find("guestkeyctl volume reencrypt --online " + at("volume")),
              std::string::npos)
        << job_property(root, job, "ErrorMessage");
    EXPECT_NE(agent.log().find("online died"), std::string::npos);
    static_cast<void>(start());
    let_it_end();
    EXPECT_EQ(end_of_job(root, "/org/guestkeyd1/job/2"), "");
}

} // namespace

} // namespace guestkeyd::test
