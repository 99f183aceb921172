// SPDX-License-Identifier: LGPL-2.1-or-later
#include "luks/job.h"

#include "base/error.h"
#include "luks/create_volume.h"
#include "luks/luks_volume.h"
#include "luks/mapping.h"
#include "luks/reencrypt_volume.h"

#include <exception>

namespace guestkeyd {

namespace {

JobDone test(const JobSpec& spec, std::string_view key, JobStream& stream) {
    const Volume volume(spec.path, Access::Read);
    LuksVolume luks(volume, spec.format);
    const auto state = luks.device().reencryption();
    if (state == Reencryption::Foreign)
        stream.report(JobNotice{volume.title() + " is in the middle of a change that was not begun here, or that "
                                                 "somebody has forged; look at it with cryptsetup luksDump"});
    else if (state != Reencryption::None)
        stream.report(JobNotice{volume.title() + " is in the middle of a re-encryption; re-encrypt it again, with the "
                                                 "same keys, to finish that"});
    return {luks.format(), luks.opens(key)};
}

Opens which_opens(const JobSpec& spec, const std::vector<std::string_view>& keys) {
    try {
        const Volume volume(spec.path, Access::Read);
        LuksVolume luks(volume, {});
        const bool old_opens = luks.opens(keys[0]);
        const bool new_opens = luks.opens(keys[1]);
        if (old_opens)
            return new_opens ? Opens::Both : Opens::Old;
        return new_opens ? Opens::New : Opens::None;
    } catch (const std::exception&) {
        return Opens::Unknown; // there is a failure to report already, of the same cause
    }
}

JobFailed failure(const JobSpec& spec, const std::vector<std::string_view>& keys, ErrorCode code,
                  const std::string& message) {
    const bool two_keys = spec.operation == VolumeOperation::Reencrypt;
    return {code, two_keys ? which_opens(spec, keys) : Opens::Unknown, message};
}

JobDone do_job(const JobSpec& spec, const std::vector<std::string_view>& keys, JobStream& stream) {
    switch (spec.operation) {
    case VolumeOperation::Create:
        create_volume(spec, keys[0], stream);
        return {*spec.format, true};
    case VolumeOperation::Test:
        return test(spec, keys[0], stream);
    case VolumeOperation::Reencrypt:
        return {reencrypt_volume(spec, keys[0], keys[1], stream), true};
    case VolumeOperation::Open:
        return {open_mapping(spec, keys[0]), true};
    case VolumeOperation::Close:
        close_mapping(spec);
        return {std::nullopt, true};
    case VolumeOperation::Suspend:
        suspend_mapping(spec);
        return {std::nullopt, true};
    }
    throw Failure(ErrorCode::Internal, "unknown operation");
}

} // namespace

JobReport run_job(const JobSpec& spec, const std::vector<std::string_view>& keys, JobStream& stream) {
    try {
        return do_job(spec, keys, stream);
    } catch (const Failure& error) {
        return failure(spec, keys, error.code(), error.message());
    } catch (const std::exception& error) {
        return failure(spec, keys, ErrorCode::Internal, error.what());
    }
}

} // namespace guestkeyd
