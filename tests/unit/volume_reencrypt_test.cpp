// SPDX-License-Identifier: LGPL-2.1-or-later
#include "volume_fixture.h"

#include "support/luks_content.h"

#include <csignal>
#include <fcntl.h>
#include <filesystem>
#include <sys/stat.h>
#include <unistd.h>

namespace guestkeyd::test {
namespace {

namespace fs = std::filesystem;

class ReencryptVolume : public Volumes {};

bool any_file_holds(const fs::path& folder, const std::string& text) {
    for (const auto& entry : fs::directory_iterator(folder))
        if (entry.is_regular_file() && read_file(entry.path()).find(text) != std::string::npos)
            return true;
    return false;
}

TEST_F(ReencryptVolume, Luks2InPlaceHasANewVolumeKeyAndTheSameContent) {
    const auto path = make(VolumeFormat::Luks2, 48 * kMiB);
    const LuksContent before(path, kOldKey);
    before.fill();
    EXPECT_EQ(reencrypt(path), (JobReport{JobDone{VolumeFormat::Luks2, true}}));
    EXPECT_FALSE(opens(path, kOldKey));
    const LuksContent after(path, kNewKey);
    EXPECT_EQ(after.bad_sectors(), 0U);
    EXPECT_NE(after.fingerprint(), before.fingerprint());
    EXPECT_EQ(before.bad_sectors(), after.bytes() / 512);
}

TEST_F(ReencryptVolume, Luks1ByCopyHasANewVolumeKeyAndTheSameContent) {
    const auto path = make(VolumeFormat::Luks1, 16 * kMiB);
    const LuksContent before(path, kOldKey);
    before.fill();
    EXPECT_EQ(reencrypt(path), (JobReport{JobDone{VolumeFormat::Luks1, true}}));
    EXPECT_FALSE(opens(path, kOldKey));
    const LuksContent after(path, kNewKey);
    EXPECT_EQ(after.bytes(), 16 * kMiB);
    EXPECT_EQ(after.bad_sectors(), 0U);
    EXPECT_NE(after.fingerprint(), before.fingerprint());
}

TEST_F(ReencryptVolume, Qcow2ByCopyKeepsContentAndHoles) {
    const auto format = VolumeFormat::Qcow2;
    const auto path = make(format, 256 * kMiB);
    in_qemu(path, format, kOldKey, "write -P 7 100M 1M");
    EXPECT_EQ(reencrypt(path), (JobReport{JobDone{format, true}}));
    EXPECT_FALSE(opens(path, kOldKey));
    EXPECT_EQ(in_qemu(path, format, kNewKey, "read -P 7 100M 1M").status, 0);
    EXPECT_EQ(in_qemu(path, format, kNewKey, "read -P 0 101M 100M").status, 0);
    EXPECT_LT(fs::file_size(path), 16 * kMiB);
}

TEST_F(ReencryptVolume, CopyHasTheUuidOrTheClusters) {
    const auto luks1 = make(VolumeFormat::Luks1, kMiB, "luks1");
    const auto uuid = run({"cryptsetup", "luksUUID", luks1}).output;
    EXPECT_EQ(reencrypt(luks1), (JobReport{JobDone{VolumeFormat::Luks1, true}}));
    EXPECT_EQ(run({"cryptsetup", "luksUUID", luks1}).output, uuid);

    const auto path = at("qcow2");
    write_file(dir_ / "key", kOldKey);
    const std::vector<std::string> create{"qemu-img",
                                          "create",
                                          "-q",
                                          "-f",
                                          "qcow2",
                                          "--object",
                                          "secret,id=key,file=" + at("key"),
                                          "-o",
                                          "encrypt.format=luks,encrypt.key-secret=key,cluster_size=2M",
                                          path,
                                          "8M"};
    EXPECT_TRUE(wait_until([&] { return run(create).status == 0; })) << "it fails at random";
    EXPECT_EQ(reencrypt(path), (JobReport{JobDone{VolumeFormat::Qcow2, true}}));
    EXPECT_NE(run({"qemu-img", "info", path}).output.find("cluster_size: 2097152"), std::string::npos);
}

TEST_F(ReencryptVolume, CopyHasTheOwnerAndModeAndIsAlone) {
    const auto path = make(VolumeFormat::Luks1);
    ASSERT_EQ(chown(path.c_str(), 1234, 5678), 0);
    ASSERT_EQ(chmod(path.c_str(), 0660), 0);
    EXPECT_EQ(reencrypt(path), (JobReport{JobDone{VolumeFormat::Luks1, true}}));
    struct stat status {};
    ASSERT_EQ(stat(path.c_str(), &status), 0);
    EXPECT_EQ(status.st_uid, 1234U);
    EXPECT_EQ(status.st_gid, 5678U);
    EXPECT_EQ(status.st_mode & 07777, 0660U);
    EXPECT_EQ(std::distance(fs::directory_iterator(dir_.path()), fs::directory_iterator()), 1);
}

TEST_F(ReencryptVolume, OldKeyOpensNothingOfWhatIsLeftOfTheOldFile) {
    const auto path = make(VolumeFormat::Luks1);
    const UniqueFd old(open(path.c_str(), O_RDONLY | O_CLOEXEC));
    EXPECT_EQ(reencrypt(path), (JobReport{JobDone{VolumeFormat::Luks1, true}}));
    std::string header(2 * kMiB, 'x');
    ASSERT_EQ(pread(old.get(), header.data(), header.size(), 0), static_cast<ssize_t>(header.size()));
    EXPECT_EQ(header.find_first_not_of('\0'), std::string::npos);
}

TEST_F(ReencryptVolume, DoneAgainIsDone) {
    for (const auto format : {VolumeFormat::Luks2, VolumeFormat::Luks1}) {
        const auto path = make(format, kMiB, format_name(format));
        EXPECT_EQ(reencrypt(path), (JobReport{JobDone{format, true}}));
        VolumeWorker again(reencrypt_spec(path), {kOldKey, kNewKey});
        EXPECT_EQ(again.finish(), (JobReport{JobDone{format, true}}));
        ASSERT_EQ(again.notices().size(), 1U);
        EXPECT_NE(again.notices()[0].message.find("has the new key already"), std::string::npos);
    }
}

TEST_F(ReencryptVolume, KeysAreCheckedFirstAndTheFailureSaysWhichOpens) {
    for (const auto format : {VolumeFormat::Luks2, VolumeFormat::Luks1}) {
        const auto path = make(format, kMiB, format_name(format));
        const auto before = read_file(path);
        const auto wrong = std::get<JobFailed>(do_job(reencrypt_spec(path), {kOtherKey, kNewKey}));
        EXPECT_EQ(wrong.code, ErrorCode::WrongKey);
        EXPECT_EQ(wrong.opens, Opens::None);
        const auto same = std::get<JobFailed>(do_job(reencrypt_spec(path), {kOldKey, kOldKey}));
        EXPECT_EQ(same.code, ErrorCode::InvalidArgs);
        EXPECT_TRUE(read_file(path) == before);
    }
}

TEST_F(ReencryptVolume, CancelledInPlaceGoesOnWithTheSameCall) {
    const auto path = make(VolumeFormat::Luks2, 32 * kMiB);
    LuksContent(path, kOldKey).fill();
    auto spec = reencrypt_spec(path);
    spec.hotzone = 64 * 1024;
    spec.resilience = Resilience::Journal;
    VolumeWorker worker(spec, {kOldKey, kNewKey});
    ASSERT_TRUE(worker.next_of<JobProgress>());
    worker.say(kCancelRequest);
    const auto cancelled = worker.finish();
    ASSERT_TRUE(cancelled.has_value());
    ASSERT_TRUE(std::holds_alternative<JobFailed>(*cancelled));
    EXPECT_EQ(std::get<JobFailed>(*cancelled).code, ErrorCode::Cancelled);
    EXPECT_EQ(std::get<JobFailed>(*cancelled).opens, Opens::New);

    VolumeWorker look({.path = path}, {kNewKey});
    EXPECT_EQ(look.finish(), (JobReport{JobDone{VolumeFormat::Luks2, true}}));
    ASSERT_EQ(look.notices().size(), 1U);
    EXPECT_NE(look.notices()[0].message.find("in the middle of a re-encryption"), std::string::npos);
    const auto other = std::get<JobFailed>(do_job(reencrypt_spec(path), {kOldKey, kOtherKey}));
    EXPECT_EQ(other.code, ErrorCode::WrongKey);

    EXPECT_EQ(reencrypt(path), (JobReport{JobDone{VolumeFormat::Luks2, true}}));
    EXPECT_EQ(LuksContent(path, kNewKey).bad_sectors(), 0U);
}

TEST_F(ReencryptVolume, CancelledCopyLeavesTheOldVolume) {
    const auto path = make(VolumeFormat::Luks1, 96 * kMiB);
    VolumeWorker worker(reencrypt_spec(path), {kOldKey, kNewKey});
    ASSERT_TRUE(worker.next_of<JobProgress>());
    kill(worker.pid(), SIGTERM);
    const auto cancelled = worker.finish();
    ASSERT_TRUE(cancelled.has_value());
    ASSERT_TRUE(std::holds_alternative<JobFailed>(*cancelled)) << encode_job_report(*cancelled);
    EXPECT_EQ(std::get<JobFailed>(*cancelled).code, ErrorCode::Cancelled);
    EXPECT_EQ(std::get<JobFailed>(*cancelled).opens, Opens::Old);
    EXPECT_EQ(std::distance(fs::directory_iterator(dir_.path()), fs::directory_iterator()), 1);
}

TEST_F(ReencryptVolume, NoKeyIsLeftInAnyFile) {
    for (const auto format : kFormats) {
        const auto path = make(format, kMiB, format_name(format));
        EXPECT_EQ(reencrypt(path), (JobReport{JobDone{format, true}}));
    }
    for (const auto& key : {kOldKey, kNewKey})
        EXPECT_FALSE(any_file_holds(dir_.path(), key));
}

} // namespace
} // namespace guestkeyd::test
