// SPDX-License-Identifier: LGPL-2.1-or-later
// kill -9 at random moments of a re-encryption. More of them, and larger volumes, by the environment:
//   GUESTKEYD_KILLS=50 GUESTKEYD_KILL_MIB=1024 volume-tests --gtest_filter='KilledWorker.*'
#include "volume_fixture.h"

#include "support/luks_content.h"
#include "support/setting.h"

#include <filesystem>
#include <random>

namespace guestkeyd::test {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

class KilledWorker : public Volumes {
  protected:
    KilledWorker() { RecordProperty("seed", std::to_string(seed_)); }

    // Whether it was killed; it was not if it ended before.
    bool kill_at_random(const JobSpec& spec, const Keys& keys, std::chrono::milliseconds longest) {
        const auto moment =
            Clock::now() + std::chrono::milliseconds(std::uniform_int_distribution<long>(0, longest.count())(random_));
        VolumeWorker worker(spec, keys);
        for (auto now = Clock::now(); now < moment; now = Clock::now()) {
            const auto left = std::chrono::ceil<std::chrono::milliseconds>(moment - now);
            if (const auto report = worker.next(left); report && std::holds_alternative<JobDone>(*report))
                return false;
        }
        worker.kill();
        return true;
    }

    // Of a job that is left alone.
    std::chrono::milliseconds time_of(const JobSpec& spec, const Keys& keys) {
        const auto start = Clock::now();
        EXPECT_TRUE(std::holds_alternative<JobDone>(do_job(spec, keys)));
        return std::chrono::ceil<std::chrono::milliseconds>(Clock::now() - start);
    }

    unsigned seed_ = std::random_device{}();
    std::mt19937 random_{seed_};
};

TEST_F(KilledWorker, InTheMiddleOfLuks2IsResumedByTheSameCall) {
    const auto path = make(VolumeFormat::Luks2, setting("GUESTKEYD_KILL_MIB", 48) * kMiB);
    LuksContent(path, kOldKey).fill();
    auto spec = reencrypt_spec(path);
    spec.hotzone = kMiB;
    Keys keys{kOldKey, kNewKey};
    const auto longest = time_of(spec, keys);
    unsigned resumed = 0;
    for (unsigned kills = 0; kills < setting("GUESTKEYD_KILLS", 12); ++kills) {
        // Now and then the one that goes on is killed as well.
        std::swap(keys[0], keys[1]);
        while (kill_at_random(spec, keys, longest) && kills % 3 == 0)
            ++kills;
        ASSERT_TRUE(opens(path, keys[0]) || opens(path, keys[1])) << "seed " << seed_;
        VolumeWorker again(spec, keys);
        ASSERT_EQ(again.finish(), (JobReport{JobDone{VolumeFormat::Luks2, true}})) << "seed " << seed_;
        resumed += again.notices().empty() ? 0 : 1;
        ASSERT_FALSE(opens(path, keys[0]));
        ASSERT_EQ(LuksContent(path, keys[1]).bad_sectors(), 0U) << "seed " << seed_;
    }
    RecordProperty("resumed", std::to_string(resumed));
    EXPECT_GT(resumed, 0U);
}

TEST_F(KilledWorker, InTheMiddleOfACopyLeavesTheOldVolumeOrTheNew) {
    const auto path = make(VolumeFormat::Luks1, 32 * kMiB);
    LuksContent(path, kOldKey).fill();
    Keys keys{kOldKey, kNewKey};
    const auto longest = time_of(reencrypt_spec(path), keys);
    for (unsigned kills = 0; kills < setting("GUESTKEYD_KILLS", 8); ++kills) {
        std::swap(keys[0], keys[1]);
        kill_at_random(reencrypt_spec(path), keys, longest);
        const bool old_opens = opens(path, keys[0]);
        ASSERT_NE(old_opens, opens(path, keys[1])) << "seed " << seed_;
        ASSERT_EQ(LuksContent(path, keys[old_opens ? 0 : 1]).bad_sectors(), 0U) << "seed " << seed_;
        ASSERT_EQ(do_job(reencrypt_spec(path), keys), (JobReport{JobDone{VolumeFormat::Luks1, true}}));
        ASSERT_EQ(LuksContent(path, keys[1]).bad_sectors(), 0U) << "seed " << seed_;
        ASSERT_EQ(std::distance(fs::directory_iterator(dir_.path()), fs::directory_iterator()), 1);
    }
}

TEST_F(KilledWorker, InTheMiddleOfAQcow2CopyLeavesTheOldVolumeOrTheNew) {
    const auto format = VolumeFormat::Qcow2;
    const auto path = make(format, 32 * kMiB);
    ASSERT_EQ(in_qemu(path, format, kOldKey, "write -P 7 0 32M").status, 0);
    Keys keys{kOldKey, kNewKey};
    const auto longest = time_of(reencrypt_spec(path), keys);
    for (unsigned kills = 0; kills < setting("GUESTKEYD_KILLS", 3); ++kills) {
        std::swap(keys[0], keys[1]);
        kill_at_random(reencrypt_spec(path), keys, longest);
        const bool old_opens = opens(path, keys[0]);
        ASSERT_NE(old_opens, opens(path, keys[1])) << "seed " << seed_;
        ASSERT_EQ(in_qemu(path, format, keys[old_opens ? 0 : 1], "read -P 7 0 32M").status, 0) << "seed " << seed_;
        ASSERT_EQ(do_job(reencrypt_spec(path), keys), (JobReport{JobDone{format, true}}));
        ASSERT_EQ(in_qemu(path, format, keys[1], "read -P 7 0 32M").status, 0) << "seed " << seed_;
    }
}

TEST_F(KilledWorker, WhileCreatingLeavesNothingOrAVolume) {
    const auto spec = create_spec(at("volume"), VolumeFormat::Luks2);
    const auto longest = time_of(create_spec(at("first"), VolumeFormat::Luks2), {kOldKey});
    for (unsigned kills = 0; kills < setting("GUESTKEYD_KILLS", 12); ++kills) {
        kill_at_random(spec, {kOldKey}, longest);
        ASSERT_TRUE(!fs::exists(spec.path) || opens(spec.path, kOldKey)) << "seed " << seed_;
        fs::remove(spec.path);
    }
    EXPECT_EQ(do_job(spec, {kOldKey}), (JobReport{JobDone{VolumeFormat::Luks2, true}}));
    EXPECT_FALSE(fs::exists(at(".volume.guestkeyd")));
}

} // namespace
} // namespace guestkeyd::test
