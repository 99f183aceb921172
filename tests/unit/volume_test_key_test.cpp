// SPDX-License-Identifier: LGPL-2.1-or-later
#include "volume_fixture.h"

#include <filesystem>

namespace guestkeyd::test {
namespace {

class TestKey : public Volumes {};

TEST_F(TestKey, LeavesTheVolumeAsItIs) {
    for (const auto format : kFormats) {
        const auto path = make(format, kMiB, format_name(format));
        const auto before = read_file(path);
        test_key(path, kOldKey);
        test_key(path, kOtherKey);
        EXPECT_TRUE(read_file(path) == before) << format_name(format);
    }
}

TEST_F(TestKey, FollowsSymbolicLinksAsOfLogicalVolumes) {
    const auto path = make(VolumeFormat::Luks1);
    std::filesystem::create_symlink(path, at("link"));
    EXPECT_TRUE(opens(at("link"), kOldKey));
}

TEST_F(TestKey, SaysWhatItIsNotDoneOn) {
    write_file(at("plain"), std::string(kMiB, 'p'));
    write_file(at("empty"), "");
    EXPECT_EQ(run({"qemu-img", "create", "-q", "-f", "qcow2", at("plain.qcow2"), "1M"}).status, 0);
    for (const auto* name : {"plain", "empty", "plain.qcow2"})
        EXPECT_EQ(error_of(test_key(at(name), kOldKey)), ErrorCode::NotLuks) << name;
    EXPECT_EQ(error_of(test_key(at("none"), kOldKey)), ErrorCode::NoSuchVolume);
    EXPECT_EQ(error_of(test_key(dir_.path().string(), kOldKey)), ErrorCode::Unsupported);
}

TEST_F(TestKey, RefusesAnotherFormatThanTheOneExpected) {
    const auto path = make(VolumeFormat::Luks1);
    EXPECT_EQ(error_of(do_job({.path = path, .format = VolumeFormat::Luks2}, {kOldKey})), ErrorCode::InvalidArgs);
}

TEST_F(TestKey, KeyIsCheckedBeforeItIsUsed) {
    const auto path = make(VolumeFormat::Luks1);
    for (const auto& key : {std::string(), std::string(kMaxKey + 1, 'k'), std::string("\xff"), std::string("a\0b", 3)})
        EXPECT_EQ(error_of(test_key(path, key)), ErrorCode::InvalidArgs);
}

TEST_F(TestKey, JobThatCannotBeUnderstoodIsRefused) {
    for (const auto* job : {"hello\n\n", "guestkeyd-volume-job 2\noperation test\npath /a\n\nkey\n", "\n\n"}) {
        VolumeWorker worker((std::string(job)));
        const auto report = worker.finish();
        ASSERT_TRUE(report.has_value()) << job;
        EXPECT_EQ(error_of(*report), ErrorCode::Internal) << job;
    }
}

} // namespace
} // namespace guestkeyd::test
