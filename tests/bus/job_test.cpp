// SPDX-License-Identifier: LGPL-2.1-or-later
#include "volume_bus_test.h"

#include <chrono>

namespace guestkeyd::test {

namespace {

class AJob : public VolumeBusTest {
  protected:
    AJob() : AJob(AgentOptions{}) {}
    explicit AJob(const AgentOptions& options) : VolumeBusTest(options) {}
    void SetUp() override { wait_for_libvirt(); }

    std::string start_long_job() { return start_slow_reencrypt(make("luks2", kLong)); }
    void cancel(const std::string& job) const { EXPECT_TRUE(cancel_job(root, job).answer().ok()); }
};

TEST_F(AJob, AppearsWithTheCallAndTellsOfItsEnd) {
    Signals signals(root);
    const auto job = start_create(at("volume"), "luks1");
    const auto added = signals.next("InterfacesAdded");
    EXPECT_NE(added.text.find(job), std::string::npos);
    EXPECT_NE(added.text.find("\"Operation\": \"create\""), std::string::npos) << added.text;
    const auto finished = signals.next("Finished");
    EXPECT_EQ(finished.path, job);
    EXPECT_EQ(finished.text, "3, \"\", \"\"");
    EXPECT_EQ(job_property(root, job, "State"), "3");
    EXPECT_EQ(job_property(root, job, "Volume"), at("volume"));
    EXPECT_EQ(job_property(root, job, "StartedByUid"), "0");
    EXPECT_EQ(job_property(root, job, "Cancelable"), "false");
    EXPECT_NE(job_property(root, job, "StartTime"), "0");
}

TEST_F(AJob, ThatFailedSaysWhy) {
    Signals signals(root);
    const auto job = start_reencrypt(at("nothing"));
    const auto finished = signals.next("Finished");
    EXPECT_TRUE(finished.text.starts_with("4, \"org.guestkeyd1.Error.NoSuchVolume\", \"volume '" + at("nothing") + "'"))
        << finished.text;
    EXPECT_EQ(job_property(root, job, "ErrorName"), "org.guestkeyd1.Error.NoSuchVolume");
}

TEST_F(AJob, IsCounted) {
    EXPECT_EQ(manager_property(root, "JobCount"), "0");
    const auto job = start_long_job();
    EXPECT_EQ(manager_property(root, "JobCount"), "1");
    cancel(job);
    EXPECT_EQ(end_of_job(root, job), "Cancelled");
    EXPECT_EQ(manager_property(root, "JobCount"), "0");
}

TEST_F(AJob, TellsOfItsProgressFourTimesASecondAtMost) {
    Signals signals(root);
    const auto path = make("luks2", kLong);
    const auto began = std::chrono::steady_clock::now();
    const auto job = start_reencrypt(path);
    EXPECT_EQ(end_of_job(root, job), "");
    const std::chrono::duration<double> passed = std::chrono::steady_clock::now() - began;
    double told = 0;
    for (const auto& signal : signals.so_far())
        told += signal.path == job && signal.text.find("\"BytesDone\"") != std::string::npos &&
                        signal.text.find("\"State\"") == std::string::npos
                    ? 1
                    : 0;
    EXPECT_GT(told, 0);
    EXPECT_LE(told, passed.count() * 4 + 1);
}

TEST_F(AJob, KnowsItsRateAndItsEnd) {
    const auto job = start_long_job();
    EXPECT_EQ(job_property(root, job, "Operation"), "reencrypt");
    EXPECT_TRUE(wait_until([&] {
        return job_property(root, job, "Rate") != "0" && job_property(root, job, "ExpectedEndTime") != "0" &&
               job_property(root, job, "ProgressValid") == "true";
    }));
    EXPECT_NE(job_property(root, job, "Bytes"), "0");
    cancel(job);
}

TEST_F(AJob, ThatIsCancelledGoesOnWhenAskedForAgain) {
    const auto job = start_long_job();
    cancel(job);
    EXPECT_EQ(end_of_job(root, job), "Cancelled");
    EXPECT_NE(job_property(root, job, "ErrorMessage").find("the new key opens it"), std::string::npos)
        << job_property(root, job, "ErrorMessage");
    EXPECT_EQ(opens(at("volume"), kNewKey), "true");
    cancel(job); // has no effect
    EXPECT_EQ(end_of_job(root, start_reencrypt(at("volume"))), "");
    EXPECT_EQ(opens(at("volume"), kOldKey), "false");
}

TEST_F(AJob, KeepsOthersFromItsVolume) {
    const auto job = start_long_job();
    const auto answer = reencrypt(at("volume")).answer();
    EXPECT_EQ(short_name(answer), "Busy");
    EXPECT_NE(answer.message.find(at("volume")), std::string::npos);
    cancel(job);
    end_of_job(root, job);
}

class AJobAmongFew : public AJob {
  protected:
    AJobAmongFew() : AJob(AgentOptions{.limits = {{"JobsPerCaller", "2"}}, .jobs = {{"AtOnce", "1"}, {"Kept", "1"}}}) {}
};

TEST_F(AJobAmongFew, WaitsForItsTurnAndIsRefusedBeyondTheLimit) {
    const auto first = start_long_job();
    const auto second = start_create(at("second"), "luks1");
    EXPECT_EQ(job_property(root, second, "State"), "0");
    EXPECT_EQ(job_property(root, second, "StartTime"), "0");
    const auto third =
        create_volume(root, {{"path", at("third")}}, pipe_with("key\n"), {{"format", "luks1"}, {"capacity", kMiB}});
    EXPECT_EQ(short_name(third.answer()), "LimitsExceeded");
    cancel(second);
    EXPECT_EQ(job_property(root, second, "State"), "5");
    EXPECT_EQ(opens(at("second"), kOldKey), "NoSuchVolume");
    cancel(first);
    end_of_job(root, first);
}

TEST_F(AJobAmongFew, IsForgottenWhenEnoughOthersHaveEnded) {
    const auto first = start_create(at("first"), "luks1");
    EXPECT_EQ(end_of_job(root, first), "");
    Signals signals(root);
    EXPECT_EQ(end_of_job(root, start_create(at("second"), "luks1")), "");
    EXPECT_NE(signals.next("InterfacesRemoved").text.find(first), std::string::npos);
    EXPECT_EQ(short_name(get_all(root, first, kJobInterface).answer()), "UnknownObject");
    EXPECT_EQ(short_name(cancel_job(root, first).answer()), "UnknownObject");
}

} // namespace

} // namespace guestkeyd::test
