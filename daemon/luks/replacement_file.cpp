// SPDX-License-Identifier: LGPL-2.1-or-later
#include "luks/replacement_file.h"

#include "base/error.h"
#include "base/id.h"
#include "luks/lock_patience.h"

#include <cerrno>
#include <climits>
#include <fcntl.h>
#include <string_view>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>
#include <vector>

namespace guestkeyd {

namespace {

constexpr std::string_view kSuffix = ".guestkeyd";
constexpr off_t kLockedByte = 1000; // none of those that QEMU uses

// Names of extended attributes, each ended by NUL.
std::string attribute_names(const UniqueFd& file, const std::string& title) {
    std::string names(XATTR_LIST_MAX, '\0');
    const auto n = flistxattr(file.get(), names.data(), names.size());
    if (n < 0 && errno != ENOTSUP)
        throw_errno(errno, "read the attributes of " + title);
    names.resize(n < 0 ? 0 : static_cast<std::size_t>(n));
    return names;
}

void copy_attribute(const UniqueFd& from, const UniqueFd& to, const char* name, const std::string& title) {
    std::vector<char> value(XATTR_SIZE_MAX);
    const auto n = fgetxattr(from.get(), name, value.data(), value.size());
    if (n < 0 || fsetxattr(to.get(), name, value.data(), static_cast<std::size_t>(n), 0) < 0)
        throw_errno(errno, "copy the attribute " + std::string(name) + " of " + title);
}

} // namespace

ReplacementFile::ReplacementFile(const std::string& path) : place_(path) {
    const auto slash = path.rfind('/');
    folder_ = slash == 0 ? "/" : path.substr(0, slash);
    const auto name = path.substr(slash + 1);
    if (name.empty() || name.size() + 1 + kSuffix.size() > NAME_MAX)
        throw Failure(ErrorCode::InvalidArgs, volume_title(path) + " has no name, or one too long to make another "
                                                                   "from it; take one of at most 240 bytes");
    const auto hidden = path.substr(0, slash + 1) + "." + name + std::string(kSuffix);
    create(hidden);
    lock();
    path_ = hidden;
}

ReplacementFile::~ReplacementFile() {
    if (!path_.empty())
        unlink(path_.c_str());
}

void ReplacementFile::create(const std::string& hidden) {
    constexpr mode_t kOnlyUs = 0600;
    for (int attempt = 0;; ++attempt) {
        fd_ = UniqueFd(open(hidden.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, kOnlyUs));
        if (fd_)
            return;
        if (errno != EEXIST || attempt > 0)
            throw_errno(errno, "make a file beside " + volume_title(place_));
        remove_leftover(hidden);
    }
}

void ReplacementFile::remove_leftover(const std::string& hidden) {
    fd_ = UniqueFd(open(hidden.c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
    if (!fd_)
        throw_errno(errno, "open what is left beside " + volume_title(place_) + ", " + quoted(hidden));
    lock(); // held by a worker that is alive
    unlink(hidden.c_str());
}

void ReplacementFile::lock() {
    struct flock lock {};
    lock.l_type = F_WRLCK;
    lock.l_whence = SEEK_SET;
    lock.l_start = kLockedByte;
    lock.l_len = 1;
    if (!comes_free([&] { return fcntl(fd_.get(), F_OFD_SETLK, &lock) == 0; }))
        throw Failure(ErrorCode::Busy, "another job makes " + volume_title(place_) + "; wait for it to end");
}

void ReplacementFile::take_attributes_of(const Volume& old) {
    struct stat status {};
    if (fstat(old.fd().get(), &status) < 0)
        throw_errno(errno, "look at " + old.title());
    if (status.st_nlink > 1)
        throw Failure(ErrorCode::Unsupported, old.title() + " has other names (hard links), which would stay with the "
                                                            "old content; remove them first");
    const auto names = attribute_names(old.fd(), old.title());
    for (std::size_t at = 0; at < names.size(); at = names.find('\0', at) + 1)
        copy_attribute(old.fd(), fd_, names.c_str() + at, old.title());
    if (fchown(fd_.get(), status.st_uid, status.st_gid) < 0 || fchmod(fd_.get(), status.st_mode & ALLPERMS) < 0)
        throw_errno(errno, "give the copy of " + old.title() + " its owner and mode");
}

void ReplacementFile::put_in_new_place() {
    if (fsync(fd_.get()) < 0)
        throw_errno(errno, "write " + volume_title(place_));
    // Unlike rename(2), link(2) replaces nothing, on any file system.
    if (link(path_.c_str(), place_.c_str()) < 0) {
        if (errno == EEXIST)
            throw Failure(ErrorCode::Busy, volume_title(place_) + " was made by somebody else at this moment");
        throw_errno(errno, "name " + volume_title(place_));
    }
    unlink(std::exchange(path_, {}).c_str());
    sync_folder();
}

void ReplacementFile::replace(const Volume& old) {
    struct stat ours {};
    struct stat there {};
    if (fsync(fd_.get()) < 0 || fstat(old.fd().get(), &ours) < 0)
        throw_errno(errno, "write the copy of " + old.title());
    if (lstat(place_.c_str(), &there) < 0 || ours.st_dev != there.st_dev || ours.st_ino != there.st_ino)
        throw Failure(ErrorCode::Busy, old.title() + " was moved or replaced by somebody else; nothing was changed");
    if (rename(path_.c_str(), place_.c_str()) < 0)
        throw_errno(errno, "replace " + old.title());
    path_.clear();
    sync_folder();
}

void ReplacementFile::sync_folder() {
    const UniqueFd folder(open(folder_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!folder || fsync(folder.get()) < 0)
        throw_errno(errno, "write the folder of " + volume_title(place_));
}

} // namespace guestkeyd
