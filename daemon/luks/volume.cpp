// SPDX-License-Identifier: LGPL-2.1-or-later
#include "luks/volume.h"

#include "base/error.h"
#include "base/id.h"

#include <cerrno>
#include <cstdlib>
#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <linux/fs.h>
#include <memory>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/sysmacros.h>
#include <system_error>
#include <unistd.h>

namespace guestkeyd {

namespace {

struct Free {
    void operator()(char* text) const { std::free(text); } // NOLINT(*-no-malloc): realpath(3) says so
};

[[noreturn]] void cannot_open(const std::string& title, int error) {
    if (error == ENOENT || error == ENOTDIR)
        throw Failure(ErrorCode::NoSuchVolume, title + " does not exist on this host");
    if (error == EBUSY)
        throw Failure(ErrorCode::Busy, title + " is mounted, mapped or otherwise in use; close that first");
    throw_errno(error, "open " + title);
}

std::string resolve(const std::string& path, const std::string& title) {
    const std::unique_ptr<char, Free> resolved(realpath(path.c_str(), nullptr));
    if (!resolved)
        cannot_open(title, errno);
    return resolved.get();
}

// O_NONBLOCK, so that a pipe or a tape in its place does not hold us.
UniqueFd open_at(const std::string& path, int flags, const std::string& title) {
    UniqueFd fd(open(path.c_str(), flags | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY));
    if (!fd)
        cannot_open(title, errno);
    return fd;
}

struct stat status_of(const UniqueFd& fd, const std::string& title) {
    struct stat status {};
    if (fstat(fd.get(), &status) < 0)
        throw_errno(errno, "look at " + title);
    return status;
}

// The name of the loop device that stands on the file; empty if there is none.
std::string loop_device_on(const struct stat& file) {
    std::error_code none;
    for (const auto& device : std::filesystem::directory_iterator("/sys/block", none)) {
        std::ifstream attribute(device.path() / "loop/backing_file");
        std::string backing;
        struct stat status {};
        if (std::getline(attribute, backing) && stat(backing.c_str(), &status) == 0 && status.st_dev == file.st_dev &&
            status.st_ino == file.st_ino)
            return device.path().filename().string();
    }
    return {};
}

// cryptsetup puts a loop device on an image to map it, which holds the device and not the image.
void refuse_below_loop_device(const struct stat& file, const std::string& title) {
    if (const auto device = loop_device_on(file); !device.empty())
        throw Failure(ErrorCode::Busy, title + " is in use by " + device + "; close what is on that, then detach it");
}

} // namespace

std::string volume_title(const std::string& path) {
    return "volume " + quoted(path);
}

Volume::Volume(const std::string& path, Access access)
    : title_(volume_title(path)), path_(resolve(path, title_)), fd_(open_at(path_, O_RDONLY, title_)) {
    const auto status = status_of(fd_, title_);
    block_device_ = S_ISBLK(status.st_mode);
    if (!block_device_ && !S_ISREG(status.st_mode))
        throw Failure(ErrorCode::Unsupported, title_ + " is neither a regular file nor a block device");
    if (access == Access::Read)
        return;
    if (access == Access::Write && block_device_)
        open_at(path_, O_RDWR | O_EXCL, title_); // on a block device: fails if anybody else claims it
    else if (access == Access::Write)
        refuse_below_loop_device(status, title_);
    fd_ = open_at(path_, O_RDWR, title_);
    const auto again = status_of(fd_, title_);
    if (again.st_dev != status.st_dev || again.st_ino != status.st_ino)
        throw Failure(ErrorCode::Busy, title_ + " was replaced at this moment; try again");
}

std::uint64_t Volume::size() const {
    if (!block_device_)
        return static_cast<std::uint64_t>(status_of(fd_, title_).st_size);
    std::uint64_t bytes = 0;
    if (ioctl(fd_.get(), BLKGETSIZE64, &bytes) < 0)
        throw_errno(errno, "ask for the size of " + title_);
    return bytes;
}

std::string Volume::number() const {
    const auto device = status_of(fd_, title_).st_rdev;
    return std::to_string(major(device)) + ":" + std::to_string(minor(device));
}

std::string Volume::block_device() const {
    if (block_device_)
        return path_;
    const auto loop = loop_device_on(status_of(fd_, title_));
    return loop.empty() ? loop : "/dev/" + loop;
}

std::uint64_t Volume::bytes_in_holes() const {
    if (block_device_)
        return 0;
    const auto status = status_of(fd_, title_);
    const auto size = static_cast<std::uint64_t>(status.st_size);
    const auto allocated = static_cast<std::uint64_t>(status.st_blocks) * 512;
    return size > allocated ? size - allocated : 0;
}

void check_space(const UniqueFd& file, std::uint64_t needed, const std::string& doing) {
    struct statvfs space {};
    if (fstatvfs(file.get(), &space) < 0)
        throw_errno(errno, "ask for free space");
    const std::uint64_t available = space.f_bavail * space.f_frsize;
    if (needed <= available)
        return;
    constexpr std::uint64_t kMiB = 1024 * 1024;
    throw Failure(ErrorCode::LimitsExceeded, doing + " needs " + std::to_string((needed + kMiB - 1) / kMiB) +
                                                 " MiB of free space, and its file system has " +
                                                 std::to_string(available / kMiB) + " MiB; make room and try again");
}

} // namespace guestkeyd
