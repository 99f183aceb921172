// SPDX-License-Identifier: LGPL-2.1-or-later
#include "base/error.h"
#include "luks/image_lock.h"
#include "luks/online_recovery.h"
#include "luks/reencrypt_volume.h"

namespace guestkeyd {

namespace {

Volume device_below_mapping(const Volume& volume) {
    const auto device = volume.block_device();
    if (device.empty())
        throw Failure(ErrorCode::Busy, volume.title() + " is not open; without the option online it can be "
                                                        "re-encrypted at once");
    return {device, Access::WriteInUse};
}

} // namespace

void reencrypt_online(const JobSpec& spec, std::string_view old_key, std::string_view new_key, JobStream& stream) {
    const Volume volume(spec.path, Access::WriteInUse);
    LuksVolume luks(volume, spec.format);
    if (luks.format() != VolumeFormat::Luks2)
        throw Failure(ErrorCode::Unsupported,
                      volume.title() + " is in format " + std::string(format_name(luks.format())) +
                          ", and only luks2 is re-encrypted while it is in use; close it first");
    const auto device = device_below_mapping(volume);
    lock_image(volume.fd(), ImageUse::Change, volume.title());
    const auto mapping = find_open_mapping(device.number(), luks.device().uuid(), volume.title());
    if (!spec.folder.empty())
        stream.outlive_agents(spec, device.number());
    if (!mapping.overlay.empty() || !mapping.hotzone.empty()) {
        recover_online_reencryption(device, mapping, volume.title(), new_key);
        stream.report(JobNotice{"what a re-encryption of " + volume.title() + " that died has left was put right"});
    }
    CryptDevice header(device.path(), volume.title());
    header.load();
    if (header.reencryption() == Reencryption::None && is_done_already(header, volume, old_key, new_key, stream))
        return;
    header.use_mapping(mapping.name);
    reencrypt_in_place(volume, header, spec, old_key, new_key, stream);
}

} // namespace guestkeyd
