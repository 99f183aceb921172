// SPDX-License-Identifier: LGPL-2.1-or-later
#include "base/error.h"
#include "luks/create_volume.h"
#include "luks/image_lock.h"
#include "luks/qemu_img.h"
#include "luks/reencrypt_volume.h"

#include <cerrno>
#include <sys/stat.h>
#include <unistd.h>
#include <vector>

namespace guestkeyd {

namespace {

constexpr std::uint64_t kMiB = 1024 * 1024;

void refuse_what_a_copy_loses(const Volume& volume, const LuksVolume& luks) {
    const auto refuse = [&volume](const std::string& what) {
        throw Failure(ErrorCode::Unsupported, volume.title() + " has " + what + ", which a copy would lose");
    };
    if (!luks.qcow2())
        return;
    if (luks.qcow2()->has_backing_file)
        refuse("a backing file");
    if (luks.qcow2()->has_data_file)
        refuse("an external data file");
    if (luks.qcow2()->has_snapshots)
        refuse("internal snapshots");
    if (luks.qcow2()->has_bitmaps)
        refuse("bitmaps of incremental backups");
}

std::uint64_t capacity_of(const Volume& volume, LuksVolume& luks) {
    if (luks.qcow2())
        return luks.qcow2()->capacity;
    const auto offset = luks.device().data_offset();
    const auto size = volume.size();
    if (size <= offset)
        throw Failure(ErrorCode::NotLuks, volume.title() + " ends before its data begins");
    return (size - offset) / 512 * 512;
}

std::uint64_t space_for_copy(const Volume& volume, const LuksVolume& luks, std::uint64_t capacity) {
    if (!luks.qcow2())
        return header_size(VolumeFormat::Luks1) + capacity;
    struct stat status {};
    fstat(volume.fd().get(), &status);
    return static_cast<std::uint64_t>(status.st_blocks) * 512 + 4 * kMiB;
}

std::string image_options(VolumeFormat format, const char* key, const char* file, bool block_device) {
    const std::string driver = format == VolumeFormat::Qcow2 ? "driver=qcow2,encrypt.format=luks,encrypt.key-secret="
                                                             : "driver=luks,key-secret=";
    return driver + key + ",file.driver=" + (block_device ? "host_device" : "file") + ",file.filename=" + file;
}

void copy(const Volume& from, int to, bool to_block_device, const QemuImgRun& base, VolumeFormat format,
          JobStream& stream) {
    auto run = base;
    // -U: our own lock keeps writers out, and would keep qemu-img out as well.
    run.arguments = {"convert", "-n", "-U", "-p", "--image-opts", "--target-image-opts"};
    if (format == VolumeFormat::Qcow2)
        run.arguments.emplace_back("--target-is-zero");
    run.arguments.push_back(image_options(format, "key0", "/dev/fd/3", from.is_block_device()));
    run.arguments.push_back(image_options(format, "key1", "/dev/fd/4", to_block_device));
    run.images = {from.fd().get(), to};
    run_qemu_img(run, stream, "copy " + from.title());
}

void check_copy(const std::string& path, VolumeFormat format, std::string_view new_key) {
    const Volume made(path, Access::Read);
    if (!LuksVolume(made, format).opens(new_key))
        throw Failure(ErrorCode::Internal, "the copy of a volume does not open with the new key; it was given up");
}

// So that the old key opens nothing of what the file system leaves on the disk.
void erase_header(const Volume& volume, const LuksVolume& luks, std::uint64_t data_offset) {
    const auto begin = luks.qcow2() ? luks.qcow2()->luks_offset : 0;
    const auto length = luks.qcow2() ? luks.qcow2()->luks_length : data_offset;
    const std::vector<char> zeros(std::min(length, 8 * kMiB));
    if (pwrite(volume.fd().get(), zeros.data(), zeros.size(), static_cast<off_t>(begin)) < 0 ||
        fdatasync(volume.fd().get()) < 0)
        throw_errno(errno, "erase the old header of " + volume.title());
}

JobSpec target_of(const JobSpec& spec, VolumeFormat format, std::uint64_t capacity) {
    JobSpec target;
    target.operation = VolumeOperation::Create;
    target.path = spec.target.empty() ? spec.path : spec.target;
    target.format = format;
    target.capacity = capacity;
    target.overwrite = spec.overwrite;
    return target;
}

} // namespace

void reencrypt_by_copy(const Volume& volume, LuksVolume& luks, const JobSpec& spec, std::string_view old_key,
                       std::string_view new_key, JobStream& stream) {
    const auto format = luks.format();
    if (spec.pbkdf == Pbkdf::Argon2id)
        throw Failure(ErrorCode::InvalidArgs, volume.title() + " is in format " + std::string(format_name(format)) +
                                                  ", which does not know argon2id");
    if (volume.is_block_device() && spec.target.empty())
        throw Failure(ErrorCode::Unsupported,
                      volume.title() + " is a block device in format " + std::string(format_name(format)) +
                          ", whose key changes by a copy only; name another device of the same size as target");
    lock_image(volume.fd(), ImageUse::Copy, volume.title());
    refuse_what_a_copy_loses(volume, luks);
    const auto capacity = capacity_of(volume, luks);
    const auto target = target_of(spec, format, capacity);
    const QemuImgRun base{.arguments = {}, .images = {}, .keys = {old_key, new_key}, .bytes = capacity};
    if (!spec.target.empty()) {
        create_volume(target, new_key, stream);
        const Volume made(spec.target, Access::Write);
        copy(volume, made.fd().get(), made.is_block_device(), base, format, stream);
        if (fsync(made.fd().get()) < 0)
            throw_errno(errno, "write " + made.title());
        return check_copy(made.path(), format, new_key);
    }
    ReplacementFile file(volume.path());
    file.take_attributes_of(volume);
    check_space(file.fd(), space_for_copy(volume, luks, capacity), "a copy of " + volume.title());
    create_in_file(file, target, new_key, stream,
                   {.uuid = luks.qcow2() ? "" : luks.device().uuid(),
                    .cluster_size = luks.qcow2() ? luks.qcow2()->cluster_size : 0});
    copy(volume, file.fd().get(), false, base, format, stream);
    check_copy(file.path(), format, new_key);
    throw_if_cancelled(stream, "the volume is as it was");
    const auto data_offset = luks.device().data_offset();
    file.replace(volume);
    erase_header(volume, luks, data_offset);
}

} // namespace guestkeyd
