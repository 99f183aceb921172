// SPDX-License-Identifier: LGPL-2.1-or-later
#include "luks/create_volume.h"

#include "base/error.h"
#include "luks/content_probe.h"
#include "luks/crypt_device.h"
#include "luks/image_lock.h"
#include "luks/qemu_img.h"

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstdlib>
#include <sys/stat.h>
#include <unistd.h>
#include <vector>

namespace guestkeyd {

namespace {

constexpr std::uint64_t kEdge = 1024 * 1024;

Encryption encryption_of(const JobSpec& spec) {
    return {.format = *spec.format,
            .cipher = spec.cipher,
            .key_size = spec.key_size,
            .sector_size = spec.sector_size,
            .label = spec.label,
            .pbkdf = spec.pbkdf};
}

bool exists(const std::string& path) {
    struct stat status {};
    return lstat(path.c_str(), &status) == 0;
}

// Where a file that is not there yet will be, without symbolic links in its folder.
std::string new_place(const std::string& path) {
    const auto slash = path.rfind('/');
    const auto folder = slash == 0 ? std::string("/") : path.substr(0, slash);
    char resolved[PATH_MAX]; // NOLINT(*-avoid-c-arrays): of realpath(3)
    if (!realpath(folder.c_str(), resolved))
        throw Failure(ErrorCode::NoSuchVolume, "the folder of " + volume_title(path) + " does not exist on this host");
    return (std::string(resolved) == "/" ? "" : resolved) + path.substr(slash);
}

void refuse_content(const Volume& volume, const JobSpec& spec) {
    if (spec.overwrite)
        return;
    if (const auto content = find_content(volume))
        throw Failure(ErrorCode::InvalidArgs,
                      volume.title() + " holds " + *content + "; to destroy that, say so with the option overwrite");
}

void zero(const Volume& volume, std::uint64_t begin, std::uint64_t end) {
    const std::vector<char> zeros(kEdge);
    while (begin < end) {
        const auto length = std::min<std::uint64_t>(zeros.size(), end - begin);
        const auto n = pwrite(volume.fd().get(), zeros.data(), length, static_cast<off_t>(begin));
        if (n <= 0)
            throw_errno(n < 0 ? errno : EIO, "clear " + volume.title());
        begin += static_cast<std::uint64_t>(n);
    }
}

void create_on_block_device(const Volume& volume, const JobSpec& spec, std::string_view key) {
    if (spec.format == VolumeFormat::Qcow2)
        throw Failure(ErrorCode::Unsupported, volume.title() + " is a block device, on which qcow2 has no place to "
                                                               "grow; take luks1, or a file");
    const auto size = volume.size();
    const auto header = header_size(*spec.format);
    if (size < header + std::max(spec.capacity, kEdge))
        throw Failure(ErrorCode::InvalidArgs, volume.title() + " has " + std::to_string(size) +
                                                  " bytes, too few for the capacity and a header of " +
                                                  std::to_string(header));
    // Old signatures and partition tables at both ends would be found by others.
    zero(volume, 0, header);
    zero(volume, size - kEdge, size);
    CryptDevice(volume.path(), volume.title()).create(encryption_of(spec), key);
    if (fsync(volume.fd().get()) < 0)
        throw_errno(errno, "write " + volume.title());
}

JobSpec with_capacity_of(const Volume& volume, JobSpec spec) {
    const auto header = header_size(*spec.format);
    if (spec.capacity == 0 && volume.size() > header)
        spec.capacity = (volume.size() - header) / 4096 * 4096;
    return spec;
}

void make_qcow2(const ReplacementFile& file, const JobSpec& spec, std::string_view key, std::uint64_t cluster_size,
                JobStream& stream) {
    if ((!spec.cipher.empty() && spec.cipher != "aes-xts-plain64") ||
        (spec.key_size != 0 && spec.key_size != 256 && spec.key_size != 512))
        throw Failure(ErrorCode::Unsupported, "qcow2 volumes are made with aes-xts-plain64 and 256 or 512 bits only");
    const std::string cipher = spec.key_size == 256 ? "aes-128" : "aes-256";
    const auto clusters = cluster_size == 0 ? "" : ",cluster_size=" + std::to_string(cluster_size);
    // The shortest time it takes gives ten thousand iterations.
    run_qemu_img({.arguments = {"create", "-q", "-f", "qcow2", "-o",
                                "encrypt.format=luks,encrypt.key-secret=key0,encrypt.iter-time=10,encrypt.cipher-alg=" +
                                    cipher + ",encrypt.cipher-mode=xts,encrypt.ivgen-alg=plain64" + clusters,
                                "/dev/fd/3", std::to_string(spec.capacity)},
                  .images = {file.fd().get()},
                  .keys = {key}},
                 stream, "make " + volume_title(spec.path));
}

} // namespace

void create_in_file(const ReplacementFile& file, const JobSpec& spec, std::string_view key, JobStream& stream,
                    const Inherited& inherited) {
    if (spec.format == VolumeFormat::Qcow2)
        return make_qcow2(file, spec, key, inherited.cluster_size, stream);
    const auto size = header_size(*spec.format) + spec.capacity;
    if (ftruncate(file.fd().get(), static_cast<off_t>(size)) < 0)
        throw_errno(errno, "size " + volume_title(spec.path));
    auto encryption = encryption_of(spec);
    encryption.uuid = inherited.uuid;
    CryptDevice(file.path(), volume_title(spec.path)).create(encryption, key);
}

void create_volume(const JobSpec& spec, std::string_view key, JobStream& stream) {
    std::optional<Volume> old;
    if (exists(spec.path)) {
        old.emplace(spec.path, Access::Write);
        lock_image(old->fd(), ImageUse::Change, old->title());
        refuse_content(*old, spec);
        if (old->is_block_device())
            return create_on_block_device(*old, spec, key);
    }
    const auto full = old ? with_capacity_of(*old, spec) : spec;
    if (full.capacity == 0)
        throw Failure(ErrorCode::InvalidArgs, volume_title(spec.path) + " needs a capacity");
    ReplacementFile file(old ? old->path() : new_place(spec.path));
    if (old)
        file.take_attributes_of(*old);
    create_in_file(file, full, key, stream);
    throw_if_cancelled(stream, "nothing was made");
    if (old)
        file.replace(*old);
    else
        file.put_in_new_place();
}

} // namespace guestkeyd
