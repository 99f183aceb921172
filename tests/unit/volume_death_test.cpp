// SPDX-License-Identifier: LGPL-2.1-or-later
// The worker dies before each of its system calls that change anything: strace(1) counts them, and kills it.
#include "volume_fixture.h"

#include "support/luks_content.h"

#include <filesystem>

namespace guestkeyd::test {
namespace {

namespace fs = std::filesystem;

class DeadWorker : public Volumes {
  protected:
    // Whether it died; it did not if it makes fewer of these calls.
    static bool dies_before(const std::string& call, int number, const JobSpec& spec, const Keys& keys) {
        VolumeWorker worker(spec, keys,
                            {"strace", "-qq", "-o", "/dev/null", "-e", "trace=" + call, "-e", "signal=none", "-e",
                             "inject=" + call + ":signal=SIGKILL:when=" + std::to_string(number)});
        while (const auto report = worker.next())
            if (std::holds_alternative<JobDone>(*report))
                return false;
        return true;
    }

    // Each time the other way round, so that every run has a volume to change.
    template <typename Check>
    void at_each_call(const std::string& path, VolumeFormat format, JobSpec spec, const Check& check) {
        Keys keys{kNewKey, kOldKey};
        int deaths = 0;
        for (const auto* call : {"write", "pwrite64", "fsync", "fdatasync", "ftruncate", "rename", "fchown", "unlink"})
            for (auto [died, number] = std::pair(true, 1); died; ++number) {
                std::swap(keys[0], keys[1]);
                SCOPED_TRACE(std::string(call) + " " + std::to_string(number));
                died = dies_before(call, number, spec, keys);
                deaths += died ? 1 : 0;
                check(keys);
                // The worker's own last writes, two copies of the header, come in the call that follows such a death.
                if (died && dies_before("pwrite64", 2, spec, keys))
                    check(keys);
                const auto again = do_job(spec, keys);
                ASSERT_EQ(again, (JobReport{JobDone{format, true}})) << encode_job_report(again);
                ASSERT_FALSE(opens(path, keys[0]));
                ASSERT_EQ(LuksContent(path, keys[1]).bad_sectors(), 0U);
            }
        RecordProperty("deaths", deaths);
        EXPECT_GT(deaths, 20);
    }
};

TEST_F(DeadWorker, InPlaceLeavesAVolumeThatOneOfTheKeysOpensAndTheSameCallFinishes) {
    const auto path = make(VolumeFormat::Luks2, 128 * 1024);
    LuksContent(path, kOldKey).fill();
    auto spec = reencrypt_spec(path);
    spec.hotzone = 64 * 1024;
    at_each_call(path, VolumeFormat::Luks2, spec,
                 [&](const Keys& keys) { EXPECT_TRUE(opens(path, keys[0]) || opens(path, keys[1])); });
}

TEST_F(DeadWorker, WithACopyLeavesTheOldVolumeOrTheNewAndTheSameCallFinishes) {
    const auto path = make(VolumeFormat::Luks1, 128 * 1024);
    LuksContent(path, kOldKey).fill();
    at_each_call(path, VolumeFormat::Luks1, reencrypt_spec(path), [&](const Keys& keys) {
        const bool old_opens = opens(path, keys[0]);
        EXPECT_NE(old_opens, opens(path, keys[1]));
        EXPECT_EQ(LuksContent(path, keys[old_opens ? 0 : 1]).bad_sectors(), 0U);
    });
    EXPECT_EQ(std::distance(fs::directory_iterator(dir_.path()), fs::directory_iterator()), 1);
}

} // namespace
} // namespace guestkeyd::test
