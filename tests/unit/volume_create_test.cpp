// SPDX-License-Identifier: LGPL-2.1-or-later
#include "volume_fixture.h"

#include "support/luks_content.h"

#include <filesystem>
#include <sys/stat.h>
#include <sys/xattr.h>

namespace guestkeyd::test {
namespace {

namespace fs = std::filesystem;

class CreateVolume : public Volumes {};

TEST_F(CreateVolume, OfEachFormatOpensWithItsKeyAlone) {
    for (const auto format : kFormats) {
        const auto path = make(format, 8 * kMiB, format_name(format));
        EXPECT_EQ(test_key(path, kOldKey), (JobReport{JobDone{format, true}}));
        EXPECT_EQ(test_key(path, kOtherKey), (JobReport{JobDone{format, false}}));
    }
}

TEST_F(CreateVolume, GuestWritesAndReadsLuks1AndQcow2) {
    for (const auto format : {VolumeFormat::Luks1, VolumeFormat::Qcow2}) {
        const auto path = make(format, 8 * kMiB, format_name(format));
        EXPECT_EQ(in_qemu(path, format, kOldKey, "write -P 7 7M 1M").status, 0);
        const auto read = in_qemu(path, format, kOldKey, "read -P 7 7M 1M");
        EXPECT_EQ(read.status, 0) << read.output << read.error;
        EXPECT_NE(in_qemu(path, format, kOtherKey, "read 0 512").status, 0);
    }
}

TEST_F(CreateVolume, CryptsetupTakesLuks2) {
    const auto path = make(VolumeFormat::Luks2);
    write_file(dir_ / "key", kOldKey);
    EXPECT_EQ(run({"cryptsetup", "open", "--test-passphrase", "--key-file", at("key"), path}).status, 0);
}

TEST_F(CreateVolume, HasTheCapacityAndEncryptionAskedFor) {
    auto spec = create_spec(at("volume"), VolumeFormat::Luks2, 12 * kMiB);
    spec.cipher = "aes-xts-plain64";
    spec.key_size = 256;
    spec.sector_size = 4096;
    spec.label = "web 1";
    EXPECT_EQ(do_job(spec, {kOldKey}), (JobReport{JobDone{VolumeFormat::Luks2, true}}));
    EXPECT_EQ(LuksContent(spec.path, kOldKey).bytes(), 12 * kMiB);
    const auto dump = run({"cryptsetup", "luksDump", spec.path}).output;
    for (const auto* line :
         {"Label:         \tweb 1", "cipher: aes-xts-plain64", "sector: 4096", "Key:        256 bits"})
        EXPECT_NE(dump.find(line), std::string::npos) << line << "\n" << dump;
}

TEST_F(CreateVolume, PbkdfForPeopleTakesMemory) {
    auto spec = create_spec(at("volume"), VolumeFormat::Luks2);
    spec.pbkdf = Pbkdf::Argon2id;
    EXPECT_EQ(do_job(spec, {"a human passphrase"}), (JobReport{JobDone{VolumeFormat::Luks2, true}}));
    EXPECT_TRUE(opens(spec.path, "a human passphrase"));
    EXPECT_NE(run({"cryptsetup", "luksDump", spec.path}).output.find("PBKDF:      argon2id"), std::string::npos);
}

TEST_F(CreateVolume, NeverOverwritesWhatItWasNotToldTo) {
    const std::string content = "precious" + std::string(100'000, '\0');
    for (const auto format : kFormats) {
        const auto path = at(format_name(format));
        write_file(path, content);
        EXPECT_EQ(error_of(do_job(create_spec(path, format), {kNewKey})), ErrorCode::InvalidArgs);
        EXPECT_EQ(read_file(path), content);
        auto spec = create_spec(path, format);
        spec.overwrite = true;
        EXPECT_EQ(do_job(spec, {kNewKey}), (JobReport{JobDone{format, true}}));
        EXPECT_EQ(error_of(do_job(create_spec(path, format), {kOtherKey})), ErrorCode::InvalidArgs);
        EXPECT_TRUE(opens(path, kNewKey));
    }
}

TEST_F(CreateVolume, SeesContentBehindZeros) {
    const auto path = at("volume");
    write_file(path, "");
    fs::resize_file(path, 64 * kMiB);
    std::ofstream(path, std::ios::in | std::ios::binary).seekp(40 * kMiB) << "precious";
    EXPECT_EQ(error_of(do_job(create_spec(path, VolumeFormat::Luks1), {kNewKey})), ErrorCode::InvalidArgs);
}

TEST_F(CreateVolume, TakesThePlaceOfAnEmptyFileWithItsSizeOwnerModeAndLabels) {
    const auto path = at("volume");
    write_file(path, "");
    fs::resize_file(path, 32 * kMiB);
    ASSERT_EQ(chown(path.c_str(), 1234, 5678), 0);
    ASSERT_EQ(chmod(path.c_str(), 0640), 0);
    ASSERT_EQ(setxattr(path.c_str(), "user.label", "web", 3, 0), 0);
    EXPECT_EQ(do_job(create_spec(path, VolumeFormat::Luks2, 0), {kNewKey}),
              (JobReport{JobDone{VolumeFormat::Luks2, true}}));
    struct stat status {};
    ASSERT_EQ(stat(path.c_str(), &status), 0);
    EXPECT_EQ(status.st_uid, 1234U);
    EXPECT_EQ(status.st_gid, 5678U);
    EXPECT_EQ(status.st_mode & 07777, 0640U);
    EXPECT_EQ(status.st_size, static_cast<off_t>(32 * kMiB));
    std::array<char, 8> label{};
    EXPECT_EQ(getxattr(path.c_str(), "user.label", label.data(), label.size()), 3);
}

TEST_F(CreateVolume, LeavesNothingElseInTheFolder) {
    make(VolumeFormat::Luks2);
    write_file(at(".volume.guestkeyd"), "left by a worker that was killed");
    auto spec = create_spec(at("volume"), VolumeFormat::Luks1);
    spec.overwrite = true;
    EXPECT_EQ(do_job(spec, {kNewKey}), (JobReport{JobDone{VolumeFormat::Luks1, true}}));
    EXPECT_EQ(std::distance(fs::directory_iterator(dir_.path()), fs::directory_iterator()), 1);
}

TEST_F(CreateVolume, NewVolumeIsForItsOwnerOnly) {
    struct stat status {};
    ASSERT_EQ(stat(make(VolumeFormat::Luks1).c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 07777, 0600U);
}

TEST_F(CreateVolume, SaysWhatItCannotBeMadeOf) {
    EXPECT_EQ(error_of(do_job(create_spec(dir_.path().string(), VolumeFormat::Luks1), {kNewKey})),
              ErrorCode::Unsupported);
    EXPECT_EQ(error_of(do_job(create_spec("/dev/null", VolumeFormat::Luks1), {kNewKey})), ErrorCode::Unsupported);
    EXPECT_EQ(error_of(do_job(create_spec(at("none/volume"), VolumeFormat::Luks1), {kNewKey})),
              ErrorCode::NoSuchVolume);
    EXPECT_EQ(error_of(do_job(create_spec(at("volume"), VolumeFormat::Luks1, 0), {kNewKey})), ErrorCode::InvalidArgs);
    auto unknown = create_spec(at("volume"), VolumeFormat::Luks2);
    unknown.cipher = "rot13-xts-plain64";
    const auto report = do_job(unknown, {kNewKey});
    ASSERT_TRUE(std::holds_alternative<JobFailed>(report));
    EXPECT_FALSE(fs::exists(at("volume")));
    EXPECT_FALSE(fs::exists(at(".volume.guestkeyd")));
}

} // namespace
} // namespace guestkeyd::test
