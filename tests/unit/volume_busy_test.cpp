// SPDX-License-Identifier: LGPL-2.1-or-later
// What a volume's other users, and what is special about it, keep a job from.
#include "volume_fixture.h"

#include <csignal>
#include <filesystem>
#include <optional>
#include <sys/syscall.h>
#include <unistd.h>

namespace guestkeyd::test {
namespace {

namespace fs = std::filesystem;

class VolumeInUse : public Volumes {
  protected:
    // A process that has the volume open as a guest's QEMU does, for writing.
    Process open_in_qemu(const std::string& path, VolumeFormat format) {
        write_file(dir_ / "key", kOldKey);
        const auto node = format == VolumeFormat::Qcow2
                              ? "driver=qcow2,encrypt.format=luks,encrypt.key-secret=key,node-name=disk,"
                              : std::string("driver=luks,key-secret=key,node-name=disk,");
        Process daemon(
            {{"qemu-storage-daemon", "--object", "secret,id=key,file=" + at("key"), "--blockdev",
              node + "file.driver=file,file.filename=" + path, "--nbd-server", "addr.type=unix,addr.path=" + at("nbd"),
              "--export", "type=nbd,id=disk,node-name=disk,writable=on"},
             {},
             {},
             {}});
        EXPECT_TRUE(wait_until([&] { return fs::exists(at("nbd")) || !daemon.running(); }));
        EXPECT_TRUE(daemon.running());
        return daemon;
    }

    // Not while it writes the header: whoever looks at the volume waits for libcryptsetup's lock, which it has then.
    static void stop_between_writes(const VolumeWorker& worker, const std::string& path) {
        EXPECT_TRUE(wait_until([&] {
            kill(worker.pid(), SIGSTOP);
            if (run({"flock", "--nonblock", path, "true"}).status == 0)
                return true;
            kill(worker.pid(), SIGCONT);
            return false;
        }));
    }
};

TEST_F(VolumeInUse, ByAGuestIsLeftAlone) {
    for (const auto format : {VolumeFormat::Luks1, VolumeFormat::Qcow2}) {
        const auto path = make(format, kMiB, format_name(format));
        auto guest = open_in_qemu(path, format);
        const auto failed = std::get<JobFailed>(reencrypt(path));
        EXPECT_EQ(failed.code, ErrorCode::Busy) << failed.message;
        EXPECT_EQ(failed.opens, Opens::Old);
        auto spec = create_spec(path, format);
        spec.overwrite = true;
        EXPECT_EQ(error_of(do_job(spec, {kNewKey})), ErrorCode::Busy);
        EXPECT_TRUE(opens(path, kOldKey)) << "looking does no harm";
        guest.end(SIGTERM);
        EXPECT_EQ(reencrypt(path), (JobReport{JobDone{format, true}}));
    }
}

TEST_F(VolumeInUse, ByAJobIsBusyForJobsAndGuests) {
    for (const auto format : {VolumeFormat::Luks2, VolumeFormat::Luks1}) {
        const auto path = make(format, 96 * kMiB, format_name(format));
        auto spec = reencrypt_spec(path);
        spec.hotzone = format == VolumeFormat::Luks2 ? 64 * 1024 : 0;
        VolumeWorker first(spec, {kOldKey, kNewKey});
        ASSERT_TRUE(first.next_of<JobProgress>());
        stop_between_writes(first, path);
        EXPECT_EQ(error_of(reencrypt(path)), ErrorCode::Busy);
        EXPECT_NE(run({"qemu-io", "-f", "raw", "-c", "write 0 512", path}).status, 0);
        kill(first.pid(), SIGCONT);
        EXPECT_EQ(first.finish(), (JobReport{JobDone{format, true}}));
    }
}

// By which it has a file open; none if it has not.
std::optional<int> descriptor_of(const VolumeWorker& worker, const std::string& path) {
    std::error_code gone;
    for (const auto& open : fs::directory_iterator("/proc/" + std::to_string(worker.pid()) + "/fd"))
        if (fs::read_symlink(open, gone) == path)
            return std::stoi(open.path().filename());
    return std::nullopt;
}

// The same open file, locks and all. The header of glibc 2.36 for these calls is not one for C++.
UniqueFd duplicate(const VolumeWorker& worker, int descriptor) {
    const UniqueFd process(static_cast<int>(syscall(SYS_pidfd_open, worker.pid(), 0)));
    return UniqueFd(static_cast<int>(syscall(SYS_pidfd_getfd, process.get(), descriptor, 0)));
}

// qemu-img, which is killed with the worker that started it, has what that has locked for a moment more.
TEST_F(VolumeInUse, ByWhatAKilledJobStartedIsWaitedFor) {
    const auto path = make(VolumeFormat::Luks1, 96 * kMiB);
    const auto copy = at(".volume.guestkeyd");
    VolumeWorker killed(reencrypt_spec(path), {kOldKey, kNewKey});
    ASSERT_TRUE(killed.next_of<JobProgress>());
    auto dying = duplicate(killed, descriptor_of(killed, copy).value());
    ASSERT_TRUE(dying);
    killed.kill();
    VolumeWorker next(reencrypt_spec(path), {kOldKey, kNewKey});
    EXPECT_TRUE(wait_until([&] { return descriptor_of(next, copy).has_value(); }));
    dying.reset();
    EXPECT_EQ(next.finish(), (JobReport{JobDone{VolumeFormat::Luks1, true}}));
}

class VolumeThatCannotBeCopied : public Volumes {
  protected:
    void expect_unsupported(const std::string& path, const std::string& why) {
        const auto before = read_file(path);
        const auto failed = std::get<JobFailed>(reencrypt(path));
        EXPECT_EQ(failed.code, ErrorCode::Unsupported);
        EXPECT_EQ(failed.opens, Opens::Old);
        EXPECT_NE(failed.message.find(why), std::string::npos) << failed.message;
        EXPECT_TRUE(read_file(path) == before);
    }
};

TEST_F(VolumeThatCannotBeCopied, HasAnotherName) {
    const auto path = make(VolumeFormat::Luks1, kMiB);
    fs::create_hard_link(path, at("other"));
    expect_unsupported(path, "hard links");
}

TEST_F(VolumeThatCannotBeCopied, HasSnapshots) {
    const auto path = make(VolumeFormat::Qcow2, kMiB);
    write_file(dir_ / "key", kOldKey);
    EXPECT_EQ(run({"qemu-img", "snapshot", "-c", "before", "--object", "secret,id=key,file=" + at("key"),
                   "--image-opts", "driver=qcow2,encrypt.key-secret=key,file.filename=" + path})
                  .status,
              0);
    expect_unsupported(path, "internal snapshots");
}

TEST_F(VolumeThatCannotBeCopied, HasABackingFile) {
    const auto base = make(VolumeFormat::Qcow2, kMiB, "base");
    const auto path = make(VolumeFormat::Qcow2, kMiB);
    write_file(dir_ / "key", kOldKey);
    EXPECT_EQ(run({"qemu-img", "rebase", "-u", "-F", "raw", "-b", "/etc/passwd", "--object",
                   "secret,id=key,file=" + at("key"), "--image-opts",
                   "driver=qcow2,encrypt.key-secret=key,file.filename=" + path})
                  .status,
              0);
    expect_unsupported(path, "a backing file");
}

TEST_F(VolumeThatCannotBeCopied, StandsWhereTheCopyDoesNotFit) {
    const auto path = make(VolumeFormat::Luks1, kMiB);
    fs::resize_file(path, std::uint64_t{1} << 42);
    const auto failed = std::get<JobFailed>(reencrypt(path));
    EXPECT_EQ(failed.code, ErrorCode::LimitsExceeded);
    EXPECT_NE(failed.message.find("needs 4194304 MiB of free space"), std::string::npos) << failed.message;
    EXPECT_FALSE(fs::exists(at(".volume.guestkeyd")));
}

TEST_F(VolumeThatCannotBeCopied, HasHolesThatDoNotFit) {
    const auto path = make(VolumeFormat::Luks2, kMiB);
    fs::resize_file(path, std::uint64_t{1} << 42);
    const auto failed = std::get<JobFailed>(reencrypt(path));
    EXPECT_EQ(failed.code, ErrorCode::LimitsExceeded);
    EXPECT_EQ(failed.opens, Opens::Old);
}

} // namespace
} // namespace guestkeyd::test
