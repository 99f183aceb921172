// SPDX-License-Identifier: LGPL-2.1-or-later
#include "agent/key_lending.h"

#include "agent/key_log.h"
#include "agent/key_store.h"
#include "guests/libvirt.h"

namespace guestkeyd {

namespace {

void check_span(std::chrono::seconds span, std::chrono::seconds longest) {
    if (span.count() == 0)
        throw Failure(ErrorCode::InvalidArgs, "keys cannot be lent for 0 seconds; lend them for 1 or more");
    if (span > longest)
        throw Failure(ErrorCode::LimitsExceeded, std::to_string(span.count()) + " seconds are more than LendSec=" +
                                                     std::to_string(longest.count()) + " in guestkeyd.conf");
}

SecretToPublish secret_of(const AttachedVolume& volume) {
    return {volume.volume, volume.attributes.usage ? volume.attributes.usage->use : SecretUse::Volume};
}

const AttachedVolume& volume_to_lend(const Guest& guest, VolumeId id) {
    const auto* volume = guest.find(id);
    if (!volume)
        throw Failure(ErrorCode::NoSuchVolume,
                      "no key of volume " + id.str() + " of " + guest.title() + " is here; attach it first");
    if (volume->attributes.delivery != Delivery::LibvirtSecret)
        throw Failure(ErrorCode::Unsupported, "the key of volume " + id.str() + " of " + guest.title() +
                                                  " is not for libvirt; attach it with delivery libvirt-secret");
    return *volume;
}

} // namespace

std::vector<SecretToPublish> KeyLending::choose(const LoanRequest& request) const {
    const auto& guest = store_.get(request.guest);
    std::vector<SecretToPublish> secrets;
    for (const auto& id : request.volumes)
        secrets.push_back(secret_of(volume_to_lend(guest, id)));
    if (request.volumes.empty())
        for (const auto& volume : guest.volumes)
            if (volume.attributes.delivery == Delivery::LibvirtSecret)
                secrets.push_back(secret_of(volume));
    if (secrets.empty())
        throw Failure(ErrorCode::NoSuchVolume,
                      "no key of " + guest.title() + " is for libvirt; attach one with delivery libvirt-secret");
    return secrets;
}

void KeyLending::lend(const LoanRequest& request, const Done& done) {
    try {
        check_span(request.loan.span, longest_);
        const auto secrets = choose(request);
        if (!libvirt_.connected())
            throw Failure(ErrorCode::LibvirtUnavailable, "libvirt does not answer, so keys of guest " +
                                                             request.guest.str() +
                                                             " cannot be lent to it; start libvirtd, and try again");
        publisher_.lend(request.guest, secrets, request.loan, done);
    } catch (const Failure& failure) {
        log_.note({KeyAction::Lend, KeyResult::Refused, request.guest, request.volumes,
                   "lend refused: " + failure.message(), request.loan.caller});
        throw;
    }
}

void KeyLending::end(GuestId guest, std::uint32_t caller, const Done& done) {
    std::ignore = store_.get(guest);
    publisher_.end_loans(guest, caller, done);
}

} // namespace guestkeyd
