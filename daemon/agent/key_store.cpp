// SPDX-License-Identifier: LGPL-2.1-or-later
#include "agent/key_store.h"

#include "agent/staged_keys.h"
#include "base/error.h"
#include "base/fault_point.h"
#include "loop/alarm.h"

#include <utility>

namespace guestkeyd {

namespace {

void refuse_stale(const AttachRequest& request, const Guest& guest) {
    if (request.generation && *request.generation < guest.record.generation)
        throw Failure(ErrorCode::StaleGeneration, guest.title() + " has keys of generation " +
                                                      std::to_string(guest.record.generation) +
                                                      " already, newer than " + std::to_string(*request.generation) +
                                                      "; send the newest keys, with a higher generation");
}

void start_lease(GuestRecord& record, std::uint64_t seconds) {
    record.lease_length = seconds;
    record.lease_ends = now_in_seconds() + 1 + seconds; // this second has begun already
}

} // namespace

KeyStore::KeyStore(KernelKeyring& keyring, StoreLimits limits) : keyring_(keyring), limits_(limits) {
    rebuild();
}

const Guest* KeyStore::find(GuestId guest) const {
    const auto found = guests_.find(guest);
    return found == guests_.end() ? nullptr : &found->second;
}

const Guest& KeyStore::get(GuestId guest) const {
    if (const auto* found = find(guest))
        return *found;
    throw Failure(ErrorCode::NoSuchGuest, "no keys of guest " + guest.str() + " are here; attach them first");
}

void KeyStore::check_limits(const AttachRequest& request, const Guest* existing) const {
    if (!existing && guests_.size() >= limits_.guests)
        throw Failure(ErrorCode::LimitsExceeded, "keys of " + std::to_string(limits_.guests) +
                                                     " guests are here already; purge guests that are gone, or raise "
                                                     "Guests= in guestkeyd.conf");
    std::size_t after = request.volumes.size();
    if (existing && !request.exclusive)
        for (const auto& volume : existing->volumes)
            after += std::find(request.volumes.begin(), request.volumes.end(), volume.volume) == request.volumes.end();
    if (after > limits_.keys_per_guest)
        throw Failure(ErrorCode::LimitsExceeded, "guest " + request.guest.str() + " would have " +
                                                     std::to_string(after) + " keys, more than KeysPerGuest=" +
                                                     std::to_string(limits_.keys_per_guest) + " in guestkeyd.conf");
}

void KeyStore::attach(const AttachRequest& request, const std::vector<std::string_view>& keys) {
    const auto* existing = find(request.guest);
    check_limits(request, existing);
    Guest guest = existing ? *existing : Guest{request.guest, {}, {}, state_of_(request.guest), {}};
    refuse_stale(request, guest);
    apply(request, guest.record);
    fault_point("attach-begun");
    StagedKeys staged(keyring_);
    for (std::size_t i = 0; i < keys.size(); ++i)
        arm_lease(guest.record,
                  staged.add(guest.id, request.volumes[i], guest.record.epoch, request.attributes[i], keys[i]));
    write_record(guest); // from here on the push counts
    fault_point("attach-record-written");
    auto& kept = guests_.insert_or_assign(guest.id, std::move(guest)).first->second;
    const auto dropped = take_over(kept, request, staged.release());
    if (request.lease)
        for (const auto& volume : kept.volumes)
            arm_lease(kept.record, volume.key);
    fault_point("attach-done");
    if (news_.purged && !dropped.empty())
        news_.purged(kept.id, dropped, PurgeReason::Replaced);
    const auto& tell = existing ? news_.changed : news_.added;
    if (tell)
        tell(kept);
}

void KeyStore::apply(const AttachRequest& request, GuestRecord& record) const {
    ++record.epoch;
    if (request.exclusive)
        record.floor = record.epoch;
    record.name = request.name.value_or(record.name);
    record.generation = request.generation.value_or(record.generation);
    record.wipe_on = request.wipe_on.value_or(record.wipe_on);
    if (request.lease)
        start_lease(record, *request.lease);
    const auto within = record.expected_within == 0 ? limits_.expected_within : record.expected_within;
    record.expected_within = request.expected_within.value_or(within);
    if (!record.known)
        expect_from_now(record);
}

void KeyStore::write_record(Guest& guest) {
    const auto payload = encode_payload(guest.record);
    if (guest.record_key.serial != 0)
        keyring_.update(guest.record_key, payload);
    else
        guest.record_key = keyring_.add(guest_description(guest.id), payload);
    arm_lease(guest.record, guest.record_key); // an update ends it
}

// Should this agent be gone when the lease ends, the kernel ends it. It counts in whole seconds, so it is given one
// more, in which we wipe the key ourselves: what the kernel lets expire stays in its memory for minutes.
void KeyStore::arm_lease(const GuestRecord& record, KernelKey key) {
    if (record.lease_ends == 0)
        return;
    const auto now = now_in_seconds();
    const auto left = record.lease_ends > now ? record.lease_ends - now : 0;
    keyring_.set_timeout(key, static_cast<std::uint32_t>(left + 1));
}

void KeyStore::renew_lease(GuestId id, std::uint64_t seconds) {
    auto& guest = guests_.find(get(id).id)->second;
    start_lease(guest.record, seconds);
    write_record(guest);
    fault_point("renew-record-written");
    for (const auto& volume : guest.volumes)
        arm_lease(guest.record, volume.key);
    if (news_.changed)
        news_.changed(guest);
}

// Puts the fresh keys into the index and wipes those they supersede. Returns the volumes that have no key any more.
std::vector<VolumeId> KeyStore::take_over(Guest& guest, const AttachRequest& request,
                                          std::vector<AttachedVolume> fresh) {
    const auto renewed = [&](VolumeId volume) {
        return std::find(request.volumes.begin(), request.volumes.end(), volume) != request.volumes.end();
    };
    std::vector<VolumeId> dropped;
    auto volumes = std::move(fresh);
    for (auto& old : guest.volumes) {
        if (!request.exclusive && !renewed(old.volume)) {
            volumes.push_back(std::move(old));
            continue;
        }
        keyring_.purge(old.key);
        fault_point("attach-superseded-wiped");
        if (!renewed(old.volume))
            dropped.push_back(old.volume);
    }
    key_count_ += volumes.size();
    key_count_ -= guest.volumes.size();
    guest.volumes = std::move(volumes);
    return dropped;
}

void KeyStore::set_state(GuestId id, GuestState state) {
    const auto found = guests_.find(id);
    if (found == guests_.end() || found->second.state == state || found->second.record.purging)
        return;
    found->second.state = state;
    if (news_.changed)
        news_.changed(found->second);
}

void KeyStore::note_given_out(GuestId id, bool for_start) {
    amend(id, [for_start](GuestRecord& record) {
        record.last_used = now_in_seconds() * 1000000;
        record.starting = record.starting || for_start;
        if (!record.known) // it is coming
            expect_from_now(record);
    });
}

void KeyStore::amend(GuestId id, const std::function<void(GuestRecord&)>& change) {
    const auto found = guests_.find(id);
    if (found == guests_.end())
        return;
    const auto before = found->second.record;
    change(found->second.record);
    if (found->second.record == before)
        return;
    write_record(found->second);
    if (news_.changed)
        news_.changed(found->second);
}

} // namespace guestkeyd
