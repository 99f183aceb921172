// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/storage.h"

#include "cli/mounts.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <fstream>
#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <system_error>

namespace guestkeyd::cli {

namespace {

namespace fs = std::filesystem;

bool is_dm_crypt(const fs::path& device) {
    std::ifstream file(device / "dm" / "uuid");
    std::string uuid;
    std::getline(file, uuid);
    return uuid.rfind("CRYPT-", 0) == 0;
}

std::vector<fs::path> slaves(const fs::path& device) {
    std::error_code ignored;
    std::vector<fs::path> found;
    for (const auto& entry : fs::directory_iterator(device / "slaves", ignored))
        found.push_back(entry.path());
    return found;
}

// File systems like btrfs have no device number of their own; the mount table names the device then.
dev_t block_device_of(const std::string& path, const struct stat& status) {
    if (major(status.st_dev) != 0)
        return status.st_dev;
    struct stat source {};
    const auto mount = find_mount(path, read_mounts("/proc/self/mountinfo"));
    const bool is_device = mount && stat(mount->source.c_str(), &source) == 0 && S_ISBLK(source.st_mode);
    return is_device ? source.st_rdev : 0;
}

StorageFinding examine_device(const std::string& path, dev_t number) {
    const auto device =
        fs::path("/sys/dev/block") / (std::to_string(major(number)) + ":" + std::to_string(minor(number)));
    std::error_code error;
    const auto name = fs::canonical(device, error).filename().string();
    if (error)
        return {path, Storage::Unknown, "a device that is not in sysfs"};
    return is_encrypted_device(device) ? StorageFinding{path, Storage::Encrypted, "dm-crypt below " + name}
                                       : StorageFinding{path, Storage::Plain, name + ", without dm-crypt below it"};
}

} // namespace

const std::vector<std::string>& libvirt_folders() {
    static const std::vector<std::string> folders{"/var/lib/libvirt/qemu", "/var/log/libvirt/qemu"};
    return folders;
}

bool is_encrypted_device(const fs::path& device) {
    if (is_dm_crypt(device))
        return true;
    const auto below = slaves(device);
    return !below.empty() && std::all_of(below.begin(), below.end(), is_encrypted_device);
}

StorageFinding examine_folder(const std::string& path) {
    struct statfs filesystem {};
    struct stat status {};
    if (statfs(path.c_str(), &filesystem) < 0 || stat(path.c_str(), &status) < 0) {
        const int error = errno;
        return {path, error == ENOENT ? Storage::Absent : Storage::Unknown, std::generic_category().message(error)};
    }
    if (filesystem.f_type == TMPFS_MAGIC || filesystem.f_type == RAMFS_MAGIC)
        return {path, Storage::Memory, "tmpfs"};
    if (const auto number = block_device_of(path, status); number != 0)
        return examine_device(path, number);
    const auto mount = find_mount(path, read_mounts("/proc/self/mountinfo"));
    return {path, Storage::Unknown, mount ? "a file system of type " + mount->type : "an unknown file system"};
}

std::string storage_warning(const StorageFinding& finding) {
    const std::string remedy = "; QEMU leaves keys of running guests there, so put it on tmpfs or an encrypted disk";
    if (finding.storage == Storage::Plain)
        return finding.path + " is on " + finding.reason + remedy;
    if (finding.storage == Storage::Unknown)
        return "cannot tell whether " + finding.path + " is encrypted (" + finding.reason + ")" + remedy;
    return "";
}

} // namespace guestkeyd::cli
