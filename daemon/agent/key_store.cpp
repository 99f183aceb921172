// SPDX-License-Identifier: LGPL-2.1-or-later
#include "agent/key_store.h"

#include "base/error.h"
#include "base/journal.h"

#include <chrono>
#include <utility>

namespace guestkeyd {

// Keys in the kernel that do not count yet; wiped again unless the push is committed.
class KeyStore::Staged {
  public:
    explicit Staged(KernelKeyring& keyring) : keyring_(keyring) {}
    Staged(const Staged&) = delete;
    Staged& operator=(const Staged&) = delete;
    ~Staged() {
        for (const auto& volume : volumes_)
            discard(volume.key);
    }

    void add(GuestId guest, VolumeId volume, std::uint64_t epoch, const VolumeAttributes& attributes,
             std::string_view key) {
        const auto kernel_key = keyring_.add(encode_description({guest, volume, epoch, attributes}), key);
        volumes_.push_back({volume, kernel_key, epoch, attributes});
    }
    std::vector<AttachedVolume> release() { return std::exchange(volumes_, {}); }

  private:
    void discard(KernelKey key) noexcept {
        try {
            keyring_.purge(key);
        } catch (const Failure& failure) {
            journal(Priority::Error, "a key that was not to be stored is left: " + failure.message());
        }
    }

    KernelKeyring& keyring_;
    std::vector<AttachedVolume> volumes_;
};

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
    const auto epoch = guest.record.epoch + 1;
    Staged staged(keyring_);
    for (std::size_t i = 0; i < keys.size(); ++i)
        staged.add(guest.id, request.volumes[i], epoch, request.attributes[i], keys[i]);
    guest.record.epoch = epoch;
    if (request.exclusive)
        guest.record.floor = epoch;
    if (request.name)
        guest.record.name = *request.name;
    write_record(guest); // from here on the push counts
    auto& kept = guests_.insert_or_assign(guest.id, std::move(guest)).first->second;
    const auto dropped = take_over(kept, request, staged.release());
    if (news_.purged && !dropped.empty())
        news_.purged(kept.id, dropped, PurgeReason::Replaced);
    const auto& tell = existing ? news_.changed : news_.added;
    if (tell)
        tell(kept);
}

void KeyStore::write_record(Guest& guest) {
    const auto payload = encode_payload(guest.record);
    if (guest.record_key.serial != 0)
        keyring_.update(guest.record_key, payload);
    else
        guest.record_key = keyring_.add(guest_description(guest.id), payload);
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
        if (!renewed(old.volume))
            dropped.push_back(old.volume);
    }
    key_count_ += volumes.size();
    key_count_ -= guest.volumes.size();
    guest.volumes = std::move(volumes);
    return dropped;
}

std::size_t KeyStore::detach(GuestId id, const std::vector<VolumeId>& volumes, PurgeReason reason) {
    const auto& guest = get(id);
    for (const auto& volume : volumes)
        if (!guest.find(volume))
            throw Failure(ErrorCode::NoSuchVolume, guest.title() + " has no key of volume " + volume.str() + " here");
    const auto picked = [&](const AttachedVolume& each) {
        return std::find(volumes.begin(), volumes.end(), each.volume) != volumes.end();
    };
    return wipe(guests_.at(id), picked, reason);
}

std::size_t KeyStore::purge_guest(GuestId id, PurgeReason reason) {
    const auto found = guests_.find(get(id).id);
    auto& guest = found->second;
    guest.record.purging = true;
    write_record(guest); // a crash from here on ends in the rest being wiped at the next start
    guest.state = GuestState::Leaving;
    return wipe(
        guest, [](const AttachedVolume&) { return true; }, reason);
}

std::size_t KeyStore::purge_all(PurgeReason reason) {
    std::vector<GuestId> ids;
    for (const auto& [id, guest] : guests_)
        ids.push_back(id);
    std::size_t purged = 0;
    std::string failed;
    for (const auto& id : ids) {
        try {
            purged += purge_guest(id, reason);
        } catch (const Failure& failure) {
            failed += (failed.empty() ? "" : "; ") + failure.message();
        }
    }
    if (!failed.empty())
        throw Failure(ErrorCode::PurgeFailed, failed);
    return purged;
}

std::size_t KeyStore::wipe(Guest& guest, const std::function<bool(const AttachedVolume&)>& picked, PurgeReason reason) {
    std::vector<VolumeId> wiped;
    std::string failed;
    std::erase_if(guest.volumes, [&](const AttachedVolume& volume) {
        if (!picked(volume))
            return false;
        try {
            keyring_.purge(volume.key);
            wiped.push_back(volume.volume);
            return true;
        } catch (const Failure& failure) {
            failed += (failed.empty() ? "" : "; ") + volume.volume.str() + ": " + failure.message();
            return false;
        }
    });
    key_count_ -= wiped.size();
    const auto id = guest.id;
    const auto title = guest.title();
    if (news_.purged && !wiped.empty())
        news_.purged(id, wiped, reason);
    forget_if_empty(id);
    if (!failed.empty())
        throw Failure(ErrorCode::PurgeFailed, "keys of " + title + " are left, purge it again: " + failed);
    return wiped.size();
}

void KeyStore::forget_if_empty(GuestId id) {
    const auto found = guests_.find(id);
    if (!found->second.volumes.empty()) {
        if (news_.changed)
            news_.changed(found->second);
        return;
    }
    keyring_.purge(found->second.record_key);
    guests_.erase(found);
    if (news_.removed)
        news_.removed(id);
}

void KeyStore::set_state(GuestId id, GuestState state) {
    const auto found = guests_.find(id);
    if (found == guests_.end() || found->second.state == state)
        return;
    found->second.state = state;
    if (news_.changed)
        news_.changed(found->second);
}

void KeyStore::note_seen(GuestId id, const std::string& name, bool running) {
    const auto found = guests_.find(id);
    if (found == guests_.end())
        return;
    auto& record = found->second.record;
    if (record.known && record.name == name && record.running == running)
        return;
    record.known = true;
    record.name = name;
    record.running = running;
    write_record(found->second);
    if (news_.changed)
        news_.changed(found->second);
}

void KeyStore::note_used(GuestId id) {
    using namespace std::chrono;
    const auto found = guests_.find(id);
    if (found == guests_.end())
        return;
    found->second.record.last_used =
        static_cast<std::uint64_t>(duration_cast<microseconds>(system_clock::now().time_since_epoch()).count());
    write_record(found->second);
    if (news_.changed)
        news_.changed(found->second);
}

} // namespace guestkeyd
