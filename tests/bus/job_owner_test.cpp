// SPDX-License-Identifier: LGPL-2.1-or-later
#include "volume_bus_test.h"

namespace guestkeyd::test {

namespace {

class JobOwner : public VolumeBusTest {
  protected:
    void SetUp() override { wait_for_libvirt(); }

    std::string start_as_nobody() {
        polkit->answer(PolkitAnswer::Allow);
        auto job = job_of(create_volume(nobody, {{"path", at("volume")}}, pipe_with(kOldKey),
                                        {{"format", "luks1"}, {"capacity", kMiB}})
                              .answer());
        polkit->answer(PolkitAnswer::Deny);
        polkit->forget_checks();
        return job;
    }
};

TEST_F(JobOwner, MayLookAtItAndCancelItWhateverPolkitSays) {
    const auto job = start_as_nobody();
    EXPECT_EQ(end_of_job(nobody, job), "");
    EXPECT_TRUE(get_all(nobody, job, kJobInterface).answer().ok());
    EXPECT_TRUE(cancel_job(nobody, job).answer().ok());
    EXPECT_EQ(polkit->checks().size(), 0U);
}

TEST_F(JobOwner, MayNotDoMoreThanThat) {
    const auto job = start_as_nobody();
    EXPECT_EQ(short_name(introspect(nobody, job).answer()), "AccessDenied");
    Call set(nobody, {job, kPropertiesInterface, "Set"});
    EXPECT_EQ(short_name(set.with("ssv", kJobInterface, "State", "u", 3U).answer()), "AccessDenied");
    EXPECT_EQ(short_name(get_all(nobody, kManagerPath, kManagerInterface).answer()), "AccessDenied");
}

TEST_F(JobOwner, IsAskedForWhenSomebodyElseCancels) {
    const auto job = start_create(at("volume"), "luks1");
    EXPECT_EQ(short_name(cancel_job(nobody, job).answer()), "AccessDenied");
    EXPECT_EQ(polkit->checks().back().action, "org.guestkeyd1.cancel-job");
    EXPECT_EQ(short_name(get_all(nobody, job, kJobInterface).answer()), "AccessDenied");
    EXPECT_EQ(polkit->checks().back().action, "org.guestkeyd1.list");
    polkit->answer(PolkitAnswer::Allow);
    EXPECT_TRUE(cancel_job(nobody, job).answer().ok());
}

TEST_F(JobOwner, IsAskedAboutByTheVolumesName) {
    const OptionValues in_pool{{"pool", "default-pool"}, {"name", "volume"}};
    EXPECT_EQ(short_name(test_key(nobody, in_pool, pipe_with("key")).answer()), "AccessDenied");
    EXPECT_EQ(polkit->checks().back().action, "org.guestkeyd1.test-key");
    EXPECT_EQ(polkit->checks().back().details.at("volume"), "default-pool/volume");
    const auto call = reencrypt_volume(nobody, {{"path", "/tmp/volume"}}, pipe_with("key"));
    EXPECT_EQ(short_name(call.answer()), "AccessDenied");
    EXPECT_EQ(polkit->checks().back().action, "org.guestkeyd1.reencrypt-volume");
    EXPECT_EQ(polkit->checks().back().details.at("volume"), "/tmp/volume");
    EXPECT_EQ(polkit->checks().back().details.at("operation"), "ReencryptVolume");
}

} // namespace

} // namespace guestkeyd::test
