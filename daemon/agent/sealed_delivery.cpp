// SPDX-License-Identifier: LGPL-2.1-or-later
#include "agent/sealed_delivery.h"

#include "agent/key_store.h"
#include "base/journal.h"
#include "loop/alarm.h"
#include "sealing/envelope.h"
#include "sealing/envelope_content.h"

#include <utility>

namespace guestkeyd {

namespace {

std::vector<const AttachedVolume*> volumes_of(const Guest& guest, const std::vector<VolumeId>& wanted) {
    std::vector<const AttachedVolume*> found;
    for (const auto& volume : guest.volumes)
        if (wanted.empty())
            found.push_back(&volume);
    for (const auto& id : wanted) {
        found.push_back(guest.find(id));
        if (!found.back())
            throw Failure(ErrorCode::NoSuchVolume, guest.title() + " has no key of volume " + id.str() + " here");
    }
    return found;
}

// What the other host makes a lease of that ends when this one does; it counts from the end of the second it is in.
std::uint64_t left_of_lease(std::uint64_t ends, std::uint64_t now) {
    return ends > now + 1 ? ends - now - 1 : 1;
}

// So that the other host treats the guest as this one did.
TextOptions options_of(const GuestRecord& record, std::uint64_t now) {
    TextOptions options{{"wipe-on", wipe_on_name(record.wipe_on)},
                        {"expected-within", std::to_string(record.expected_within)}};
    if (!record.name.empty() && record.name.find('\n') == std::string::npos)
        options.emplace("name", record.name);
    if (record.generation != 0)
        options.emplace("generation", std::to_string(record.generation));
    if (record.lease_ends != 0)
        options.emplace("lease", std::to_string(left_of_lease(record.lease_ends, now)));
    return options;
}

TextOptions options_of(const VolumeAttributes& attributes) {
    TextOptions options{{"delivery", delivery_name(attributes.delivery)}};
    if (attributes.usage) {
        options.emplace("usage-type", secret_use_name(attributes.usage->use));
        options.emplace("usage-id", attributes.usage->id);
    }
    if (attributes.mapped) {
        options.emplace("device", attributes.mapped->device);
        options.emplace("mapping", attributes.mapped->name);
    }
    return options;
}

} // namespace

SealedDelivery::SealedDelivery(SealingSettings settings, KeyStore& store)
    : settings_(std::move(settings)), store_(store) {
    try {
        load();
    } catch (const Failure& failure) {
        why_not_ = failure.message();
        journal(Priority::Warning, "without sealed delivery: " + why_not_);
    }
}

void SealedDelivery::load() {
    const auto& given = settings_.given;
    if (given.key.empty() != given.certificate.empty())
        throw Failure(ErrorCode::InvalidArgs, "of Key= and Certificate= in guestkeyd.conf only one is set; give both, "
                                              "or neither to have a pair made");
    identity_ = given.key.empty() ? HostIdentity::own(settings_.own_pair) : HostIdentity::given(given);
}

const HostIdentity& SealedDelivery::identity() const {
    if (!identity_)
        throw Failure(ErrorCode::Unsupported,
                      "this host has no certificate to seal keys to: " + why_not_ + "; then restart guestkeyd");
    return *identity_;
}

std::string SealedDelivery::rotate() {
    (void)identity(); // there must be one
    identity_->rotate();
    return certificate();
}

SecretBuffer SealedDelivery::open(std::span<const std::uint8_t> envelope) const {
    return open_envelope(identity(), envelope);
}

SealedExport SealedDelivery::export_keys(const ExportRequest& request) {
    require_trusted(request.recipient, settings_.trusted);
    const auto& guest = store_.get(request.guest);
    if (guest.record.purging)
        throw Failure(ErrorCode::Busy, "the keys of " + guest.title() + " are being wiped; attach them anew elsewhere");
    const auto now = now_in_seconds();
    EnvelopeContent content{guest.id, now + request.valid_for, options_of(guest.record, now), {}};
    std::vector<SecretBuffer> keys; // what the content points into
    std::vector<VolumeId> volumes;
    for (const auto* volume : volumes_of(guest, request.volumes)) {
        volumes.push_back(volume->volume);
        keys.push_back(store_.read(*volume));
        content.keys.push_back({volume->volume, options_of(volume->attributes), keys.back().view()});
    }
    auto envelope = seal(request.recipient, write_envelope_content(content));
    if (envelope.size() > kMaxEnvelopeBytes)
        throw Failure(ErrorCode::LimitsExceeded, "the keys of " + guest.title() + " take " +
                                                     std::to_string(envelope.size()) +
                                                     " bytes, more than the 1 MiB of an envelope; name some of its "
                                                     "volumes at a time");
    store_.amend(guest.id, [now](GuestRecord& record) { record.last_used = now * 1000000; });
    return {std::move(envelope), std::move(volumes), certificate_fingerprint(request.recipient)};
}

} // namespace guestkeyd
