// SPDX-License-Identifier: LGPL-2.1-or-later
#include "luks/mapping.h"

#include "base/error.h"
#include "base/id.h"
#include "luks/crypt_mapping.h"
#include "luks/luks_volume.h"
#include "luks/sysfs.h"

#include <fcntl.h>
#include <filesystem>
#include <optional>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <system_error>

namespace guestkeyd {

namespace {

using std::filesystem::path;

std::string title_of(const JobSpec& spec) {
    return "mapping " + quoted(spec.mapping) + " of " + volume_title(spec.path);
}

// Where sysfs has it; see Documentation/ABI/testing/sysfs-block-dm of Linux.
std::optional<path> find_mapping(const std::string& name) {
    std::error_code none;
    for (const auto& device : std::filesystem::directory_iterator("/sys/block", none))
        if (read_attribute(device.path() / "dm/name") == name)
            return device.path();
    return std::nullopt;
}

// With dmsetup wipe_table, so that I/O fails: then it stands on nothing any more.
bool was_wiped(const path& mapping) {
    std::error_code none;
    return std::filesystem::is_empty(mapping / "slaves", none);
}

// Whether it is made of this device ("8:0"), be it through other mappings that libcryptsetup makes in between.
bool stands_on(const path& mapping, const std::string& device) {
    std::error_code none;
    if (was_wiped(mapping))
        return true;
    for (const auto& below : std::filesystem::directory_iterator(mapping / "slaves", none))
        if (read_attribute(below.path() / "dev") == device ||
            (read_attribute(below.path() / "dm/uuid").starts_with("CRYPT-SUBDEV-") && stands_on(below.path(), device)))
            return true;
    return false;
}

std::string number_of(const Volume& volume) {
    struct stat status {};
    if (fstat(volume.fd().get(), &status) < 0)
        throw_errno(errno, "look at " + volume.title());
    return std::to_string(major(status.st_rdev)) + ":" + std::to_string(minor(status.st_rdev));
}

void require_ours(const path& mapping, const JobSpec& spec, const Volume& volume) {
    if (!read_attribute(mapping / "dm/uuid").starts_with("CRYPT-LUKS") || !stands_on(mapping, number_of(volume)))
        throw Failure(ErrorCode::Busy, "there is a mapping " + quoted(spec.mapping) + " that is not of " +
                                           volume.title() + "; attach the key with another name, or close that one");
}

bool is_suspended(const path& mapping) {
    return read_attribute(mapping / "dm/suspended") == "1";
}

// libcryptsetup says something else then. The node may be there without a driver; if that is a module, opening loads
// it.
void require_device_mapper(const JobSpec& spec) {
    if (!UniqueFd(::open("/dev/mapper/control", O_RDONLY | O_CLOEXEC)))
        throw Failure(ErrorCode::Unsupported, "cannot open " + volume_title(spec.path) +
                                                  ": this host has no device-mapper; load the modules dm_mod and "
                                                  "dm_crypt");
}

void require_block_device(const Volume& volume) {
    if (!volume.is_block_device())
        throw Failure(ErrorCode::Unsupported, volume.title() + " is not a block device, which a mapping needs; QEMU "
                                                               "opens files by itself, in format luks1 or qcow2");
}

void require_settled(LuksVolume& luks, const Volume& volume) {
    if (luks.format() == VolumeFormat::Qcow2)
        throw Failure(ErrorCode::Unsupported, volume.title() + " is in format qcow2, which QEMU alone opens; attach "
                                                               "its key with delivery libvirt-secret");
    if (luks.device().reencryption() != Reencryption::None)
        throw Failure(ErrorCode::Busy, volume.title() + " is in the middle of a re-encryption; finish that first, by "
                                                        "re-encrypting it again with the same keys, or look at it "
                                                        "with cryptsetup luksDump if that was not begun here");
}

} // namespace

VolumeFormat open_mapping(const JobSpec& spec, std::string_view key) {
    const Volume volume(spec.path, Access::Read);
    require_block_device(volume);
    LuksVolume luks(volume, {});
    require_settled(luks, volume);
    require_device_mapper(spec);
    auto mapping = find_mapping(spec.mapping);
    if (mapping && !spec.may_be_open)
        throw Failure(ErrorCode::Busy, "there is a mapping " + quoted(spec.mapping) +
                                           " already, which guestkeyd did not open; close it, or attach the key of " +
                                           volume.title() + " with another name");
    if (mapping)
        require_ours(*mapping, spec, volume);
    if (mapping && was_wiped(*mapping)) {
        unmap(spec.mapping, title_of(spec));
        mapping.reset();
    }
    if (!mapping)
        luks.device().map(spec.mapping, key);
    else if (is_suspended(*mapping))
        luks.device().resume_mapping(spec.mapping, key);
    else if (!luks.opens(key))
        throw Failure(ErrorCode::WrongKey, "the key does not open " + volume.title() + ", which is open already");
    return luks.format();
}

void close_mapping(const JobSpec& spec) {
    const auto mapping = find_mapping(spec.mapping);
    if (!mapping)
        return;
    require_ours(*mapping, spec, Volume(spec.path, Access::Read));
    unmap(spec.mapping, title_of(spec));
}

void suspend_mapping(const JobSpec& spec) {
    const auto mapping = find_mapping(spec.mapping);
    if (!mapping)
        return;
    require_ours(*mapping, spec, Volume(spec.path, Access::Read));
    if (!is_suspended(*mapping))
        suspend(spec.mapping, title_of(spec));
}

} // namespace guestkeyd
