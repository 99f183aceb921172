// SPDX-License-Identifier: LGPL-2.1-or-later
#include "luks/job_spec.h"

#include "base/error.h"
#include "base/id.h"
#include "base/text.h"
#include "luks/names.h"

#include <algorithm>

namespace guestkeyd {

namespace {

constexpr Names<VolumeOperation, 6> kOperations{{{VolumeOperation::Create, "create"},
                                                 {VolumeOperation::Test, "test"},
                                                 {VolumeOperation::Reencrypt, "reencrypt"},
                                                 {VolumeOperation::Open, "open"},
                                                 {VolumeOperation::Close, "close"},
                                                 {VolumeOperation::Suspend, "suspend"}}};
constexpr Names<VolumeFormat, 3> kFormats{
    {{VolumeFormat::Luks2, "luks2"}, {VolumeFormat::Luks1, "luks1"}, {VolumeFormat::Qcow2, "qcow2"}}};
constexpr Names<Pbkdf, 2> kPbkdfs{{{Pbkdf::Minimal, "minimal"}, {Pbkdf::Argon2id, "argon2id"}}};

constexpr std::uint64_t kSector = 512;
constexpr std::uint64_t kMaxCapacity = std::uint64_t{1} << 60;
constexpr std::uint64_t kMaxHotzone = 32 * 1024 * 1024; // takes twice as much memory in the worker

[[noreturn]] void refuse(const JobSpec& spec, const std::string& why) {
    throw Failure(ErrorCode::InvalidArgs, "cannot " + std::string(operation_name(spec.operation)) + " volume " +
                                              quoted(spec.path) + ": " + why);
}

bool is_path(std::string_view path) {
    return path.size() <= kMaxPath && path.starts_with('/') && is_one_line(path);
}

bool is_cipher(std::string_view name) {
    const auto allowed = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'; };
    const auto dash = name.find('-');
    return name.size() <= 31 && std::all_of(name.begin(), name.end(), allowed) && dash != std::string_view::npos &&
           dash > 0 && dash + 1 < name.size();
}

void check_paths(const JobSpec& spec) {
    if (!is_path(spec.path))
        throw Failure(ErrorCode::InvalidArgs, "a volume's path is absolute and of one line, not " + quoted(spec.path));
    if (!spec.target.empty() && (!is_path(spec.target) || spec.operation != VolumeOperation::Reencrypt))
        refuse(spec, "a target is an absolute path, and for reencrypt only");
}

void check_encryption(const JobSpec& spec) {
    const bool luks2 = spec.format == VolumeFormat::Luks2;
    if (!spec.cipher.empty() && !is_cipher(spec.cipher))
        refuse(spec, "the cipher " + quoted(spec.cipher) + " is not spelled like aes-xts-plain64");
    if (spec.key_size != 0 && (spec.key_size < 128 || spec.key_size > 512 || spec.key_size % 64 != 0))
        refuse(spec, "the key size is 128 to 512 bits, a multiple of 64");
    if (spec.sector_size != 0 && spec.sector_size != kSector &&
        (!luks2 || (spec.sector_size != 1024 && spec.sector_size != 2048 && spec.sector_size != 4096)))
        refuse(spec, "the sector size is 512 bytes, or with luks2 also 1024, 2048 or 4096");
    if (spec.pbkdf == Pbkdf::Argon2id && spec.format && !luks2)
        refuse(spec, "only luks2 knows argon2id");
}

void check_create(const JobSpec& spec) {
    if (!spec.format)
        refuse(spec, "say in which format: luks2, luks1 or qcow2");
    if (spec.capacity % kSector != 0 || spec.capacity > kMaxCapacity)
        refuse(spec, "the capacity is a multiple of 512 bytes, and at most 2^60");
    if (spec.sector_size != 0 && spec.capacity % spec.sector_size != 0)
        refuse(spec, "the capacity is a multiple of the sector size");
    if (spec.format == VolumeFormat::Qcow2 && spec.capacity == 0)
        refuse(spec, "a qcow2 volume needs a capacity");
    if (!spec.label.empty() &&
        (spec.format != VolumeFormat::Luks2 || !is_one_line(spec.label) || spec.label.size() > kMaxLabel))
        refuse(spec, "a label is of one line and at most 47 bytes, and for luks2 only");
    check_encryption(spec);
}

void check_online(const JobSpec& spec) {
    if (spec.operation != VolumeOperation::Reencrypt || !spec.target.empty())
        refuse(spec, "online is for reencrypt only, and in place");
    if (!spec.folder.empty() && !is_path(spec.folder))
        refuse(spec, "the folder of online jobs is an absolute path");
    if (!spec.name.empty() && (!is_one_line(spec.name) || spec.name.size() > kMaxPath))
        refuse(spec, "the name of the volume is of one line");
}

bool has_only_defaults_of_create(const JobSpec& spec) {
    return spec.capacity == 0 && spec.cipher.empty() && spec.key_size == 0 && spec.sector_size == 0 &&
           spec.label.empty();
}

void check_mapping(const JobSpec& spec) {
    if (maps_devices(spec) ? !is_mapping_name(spec.mapping) : !spec.mapping.empty())
        refuse(spec, maps_devices(spec) ? quoted(spec.mapping) + " cannot be the name of a mapping"
                                        : "only open, close and suspend have a mapping");
    if (spec.may_be_open && spec.operation != VolumeOperation::Open)
        refuse(spec, "only open can find it open");
    if (spec.format && maps_devices(spec))
        refuse(spec, "its format is found out");
}

} // namespace

std::string_view operation_name(VolumeOperation operation) {
    return kOperations.name(operation);
}

std::optional<VolumeOperation> parse_operation(std::string_view name) {
    return kOperations.value(name);
}

std::string_view format_name(VolumeFormat format) {
    return kFormats.name(format);
}

std::optional<VolumeFormat> parse_format(std::string_view name) {
    return kFormats.value(name);
}

std::string_view pbkdf_name(Pbkdf pbkdf) {
    return kPbkdfs.name(pbkdf);
}

std::optional<Pbkdf> parse_pbkdf(std::string_view name) {
    return kPbkdfs.value(name);
}

std::size_t key_count(VolumeOperation operation) {
    switch (operation) {
    case VolumeOperation::Reencrypt:
        return 2;
    case VolumeOperation::Close:
    case VolumeOperation::Suspend:
        return 0;
    default:
        return 1;
    }
}

bool maps_devices(const JobSpec& spec) {
    return spec.operation == VolumeOperation::Open || spec.operation == VolumeOperation::Close ||
           spec.operation == VolumeOperation::Suspend;
}

bool is_mapping_name(std::string_view name) {
    constexpr std::string_view kAllowed = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789#+-.:=@_";
    return !name.empty() && name.size() <= kMaxMappingName && name != "." && name != ".." && name != "control" &&
           name.find_first_not_of(kAllowed) == std::string_view::npos;
}

void check_job_spec(const JobSpec& spec) {
    check_paths(spec);
    if (spec.operation == VolumeOperation::Create)
        check_create(spec);
    else if (!has_only_defaults_of_create(spec))
        refuse(spec, "capacity, cipher, key size, sector size and label are for create only");
    const bool gives_key = spec.operation == VolumeOperation::Create || spec.operation == VolumeOperation::Reencrypt;
    if (!gives_key && (spec.pbkdf != Pbkdf::Minimal || spec.overwrite))
        refuse(spec, "pbkdf and overwrite are for create and reencrypt only");
    check_mapping(spec);
    if (spec.operation == VolumeOperation::Reencrypt)
        check_encryption(spec);
    if (spec.hotzone % 4096 != 0 || spec.hotzone > kMaxHotzone)
        refuse(spec, "the hot zone is a multiple of 4096 bytes, and at most 32 MiB");
    if (spec.operation != VolumeOperation::Reencrypt && (spec.hotzone != 0 || spec.resilience != Resilience::Checksum))
        refuse(spec, "hot zone and resilience are for reencrypt only");
    if (spec.online)
        check_online(spec);
    else if (!spec.folder.empty() || !spec.name.empty() || spec.caller != 0)
        refuse(spec, "folder, name and caller are of online jobs only");
}

} // namespace guestkeyd
