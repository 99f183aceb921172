// SPDX-License-Identifier: LGPL-2.1-or-later
// Block devices: loop devices, as a kernel without device-mapper has them too.
#include "volume_fixture.h"

#include "support/luks_content.h"

#include <fcntl.h>
#include <filesystem>

namespace guestkeyd::test {
namespace {

namespace fs = std::filesystem;

class LoopDevice {
  public:
    explicit LoopDevice(const std::string& file) {
        const auto attached = run({"losetup", "--find", "--show", file});
        path_ = attached.output.substr(0, attached.output.find('\n'));
        EXPECT_EQ(attached.status, 0) << attached.error;
    }
    LoopDevice(const LoopDevice&) = delete;
    LoopDevice& operator=(const LoopDevice&) = delete;
    ~LoopDevice() { run({"losetup", "--detach", path_}); }

    [[nodiscard]] const std::string& path() const { return path_; }

  private:
    std::string path_;
};

class BlockDevice : public Volumes {
  protected:
    std::string backing(std::string_view name, std::uint64_t size) {
        write_file(at(name), "");
        fs::resize_file(at(name), size);
        return at(name);
    }
};

TEST_F(BlockDevice, IsMadeTestedAndReencrypted) {
    const LoopDevice device(backing("backing", 48 * kMiB));
    EXPECT_EQ(do_job(create_spec(device.path(), VolumeFormat::Luks2, 0), {kOldKey}),
              (JobReport{JobDone{VolumeFormat::Luks2, true}}));
    LuksContent(at("backing"), kOldKey).fill();
    EXPECT_EQ(reencrypt(device.path()), (JobReport{JobDone{VolumeFormat::Luks2, true}}));
    EXPECT_TRUE(opens(device.path(), kNewKey));
    EXPECT_FALSE(opens(device.path(), kOldKey));
    EXPECT_EQ(run({"blockdev", "--flushbufs", device.path()}).status, 0);
    EXPECT_EQ(LuksContent(at("backing"), kNewKey).bad_sectors(), 0U);
}

TEST_F(BlockDevice, ContentIsNotOverwritten) {
    const auto file = backing("backing", 48 * kMiB);
    std::ofstream(file, std::ios::in | std::ios::binary).seekp(48 * kMiB - 512) << "a partition table's backup";
    const LoopDevice device(file);
    auto spec = create_spec(device.path(), VolumeFormat::Luks1, 0);
    EXPECT_EQ(error_of(do_job(spec, {kNewKey})), ErrorCode::InvalidArgs);
    spec.overwrite = true;
    EXPECT_EQ(do_job(spec, {kNewKey}), (JobReport{JobDone{VolumeFormat::Luks1, true}}));
}

TEST_F(BlockDevice, ThatIsClaimedIsBusy) {
    const LoopDevice device(backing("backing", 48 * kMiB));
    const auto spec = create_spec(device.path(), VolumeFormat::Luks2, 0);
    EXPECT_EQ(do_job(spec, {kOldKey}), (JobReport{JobDone{VolumeFormat::Luks2, true}}));
    // As mounting and mapping do.
    const UniqueFd claim(open(device.path().c_str(), O_RDONLY | O_EXCL | O_CLOEXEC));
    ASSERT_TRUE(static_cast<bool>(claim));
    EXPECT_EQ(error_of(reencrypt(device.path())), ErrorCode::Busy);
    EXPECT_EQ(error_of(do_job(spec, {kNewKey})), ErrorCode::Busy);
    EXPECT_TRUE(opens(device.path(), kOldKey));
}

TEST_F(BlockDevice, HoldsItsBackingFile) {
    const auto path = make(VolumeFormat::Luks2, kMiB);
    {
        const LoopDevice device(path);
        EXPECT_EQ(error_of(reencrypt(path)), ErrorCode::Busy);
    }
    EXPECT_EQ(reencrypt(path), (JobReport{JobDone{VolumeFormat::Luks2, true}}));
}

TEST_F(BlockDevice, TooSmallOrForQcow2IsRefused) {
    const LoopDevice device(backing("backing", 17 * kMiB));
    EXPECT_EQ(error_of(do_job(create_spec(device.path(), VolumeFormat::Luks2, 8 * kMiB), {kNewKey})),
              ErrorCode::InvalidArgs);
    EXPECT_EQ(error_of(do_job(create_spec(device.path(), VolumeFormat::Qcow2, 8 * kMiB), {kNewKey})),
              ErrorCode::Unsupported);
    EXPECT_EQ(read_file(at("backing")).find_first_not_of('\0'), std::string::npos);
}

TEST_F(BlockDevice, InLuks1IsCopiedToATarget) {
    const LoopDevice device(backing("backing", 10 * kMiB));
    const LoopDevice target(backing("target", 10 * kMiB));
    EXPECT_EQ(do_job(create_spec(device.path(), VolumeFormat::Luks1, 0), {kOldKey}),
              (JobReport{JobDone{VolumeFormat::Luks1, true}}));
    LuksContent(at("backing"), kOldKey).fill();
    const auto refused = std::get<JobFailed>(reencrypt(device.path()));
    EXPECT_EQ(refused.code, ErrorCode::Unsupported);
    EXPECT_NE(refused.message.find("target"), std::string::npos) << refused.message;
    auto spec = reencrypt_spec(device.path());
    spec.target = target.path();
    EXPECT_EQ(do_job(spec, {kOldKey, kNewKey}), (JobReport{JobDone{VolumeFormat::Luks1, true}}));
    EXPECT_TRUE(opens(device.path(), kOldKey));
    EXPECT_EQ(run({"blockdev", "--flushbufs", target.path()}).status, 0);
    EXPECT_EQ(LuksContent(at("target"), kNewKey).bad_sectors(), 0U);
}

} // namespace
} // namespace guestkeyd::test
