// SPDX-License-Identifier: LGPL-2.1-or-later
#include "luks/reencrypt_volume.h"

#include "base/error.h"
#include "luks/image_lock.h"

#include <cerrno>

namespace guestkeyd {

namespace {

void run_in_place(const Volume& volume, CryptDevice& device, const JobSpec& spec, std::string_view new_key,
                  JobStream& stream) {
    std::uint64_t reached = 0;
    device.run_reencryption(new_key, spec, [&](std::uint64_t done, std::uint64_t total) {
        reached = done;
        stream.progress(done, total);
        return !stream.cancel_requested();
    });
    if (device.reencryption() != Reencryption::None)
        throw Failure(ErrorCode::Cancelled, "cancelled after " + std::to_string(reached) + " bytes of " +
                                                volume.title() + "; the same call again goes on from there");
}

} // namespace

// That an earlier call was killed between its last step and its report, for one.
bool is_done_already(CryptDevice& device, const Volume& volume, std::string_view old_key, std::string_view new_key,
                     JobStream& stream) {
    if (device.slot_of(old_key))
        return false;
    if (!device.slot_of(new_key))
        throw Failure(ErrorCode::WrongKey, "neither the old nor the new key opens " + volume.title());
    stream.report(JobNotice{volume.title() + " has the new key already"});
    return true;
}

void reencrypt_in_place(const Volume& volume, CryptDevice& device, const JobSpec& spec, std::string_view old_key,
                        std::string_view new_key, JobStream& stream) {
    const auto found = device.reencryption();
    if (found == Reencryption::Foreign)
        throw Failure(ErrorCode::Unsupported,
                      volume.title() + " is in the middle of a change that was not begun here, or that somebody has "
                                       "forged; look at it with cryptsetup luksDump before you give it a key");
    if (found != Reencryption::None && !device.slot_of(new_key))
        throw Failure(ErrorCode::WrongKey, volume.title() + " is in the middle of a re-encryption, which only the key "
                                                            "that it was begun with as the new one can finish");
    check_space(volume.fd(), volume.bytes_in_holes(), "re-encrypting " + volume.title() + ", which has holes,");
    throw_if_cancelled(stream, "nothing was changed");
    if (found == Reencryption::None)
        device.begin_reencryption(old_key, new_key, spec);
    else
        stream.report(JobNotice{"going on with an earlier re-encryption of " + volume.title()});
    if (found == Reencryption::Finished)
        return device.clear_reencryption(volume.fd());
    if (found == Reencryption::Crashed)
        device.recover_reencryption(new_key);
    if (device.reencryption() != Reencryption::None) // it may have crashed in its last step
        run_in_place(volume, device, spec, new_key, stream);
}

VolumeFormat reencrypt_volume(const JobSpec& spec, std::string_view old_key, std::string_view new_key,
                              JobStream& stream) {
    if (old_key == new_key)
        throw Failure(ErrorCode::InvalidArgs, "the new key of " + volume_title(spec.path) + " is the old one");
    if (spec.online) {
        reencrypt_online(spec, old_key, new_key, stream);
        return VolumeFormat::Luks2;
    }
    const Volume volume(spec.path, Access::Write);
    LuksVolume luks(volume, spec.format);
    const auto format = luks.format();
    const bool begun = luks.device().reencryption() != Reencryption::None;
    if (!begun && is_done_already(luks.device(), volume, old_key, new_key, stream))
        return format;
    if (format == VolumeFormat::Luks2) {
        lock_image(volume.fd(), ImageUse::Change, volume.title());
        reencrypt_in_place(volume, luks.device(), spec, old_key, new_key, stream);
    } else {
        reencrypt_by_copy(volume, luks, spec, old_key, new_key, stream);
    }
    return format;
}

} // namespace guestkeyd
