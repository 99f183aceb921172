// SPDX-License-Identifier: LGPL-2.1-or-later
#include "agent/key_store.h"
#include "base/error.h"
#include "base/fault_point.h"

namespace guestkeyd {

std::size_t KeyStore::detach(GuestId id, const std::vector<VolumeId>& volumes, const PurgeCause& cause) {
    const auto& guest = get(id);
    for (const auto& volume : volumes)
        if (!guest.find(volume))
            throw Failure(ErrorCode::NoSuchVolume, guest.title() + " has no key of volume " + volume.str() + " here");
    const auto picked = [&](const AttachedVolume& each) {
        return std::find(volumes.begin(), volumes.end(), each.volume) != volumes.end();
    };
    return wipe(guests_.at(id), picked, cause);
}

std::size_t KeyStore::purge_guest(GuestId id, const PurgeCause& cause) {
    const auto found = guests_.find(get(id).id);
    auto& guest = found->second;
    guest.record.purging = true;
    write_record(guest); // a crash from here on ends in the rest being wiped at the next start
    fault_point("purge-marked");
    guest.state = GuestState::Leaving;
    return wipe(
        guest, [](const AttachedVolume&) { return true; }, cause);
}

std::size_t KeyStore::purge_all(const PurgeCause& cause) {
    std::vector<GuestId> ids;
    for (const auto& [id, guest] : guests_)
        ids.push_back(id);
    std::size_t purged = 0;
    std::string failed;
    for (const auto& id : ids) {
        try {
            purged += purge_guest(id, cause);
        } catch (const Failure& failure) {
            failed += (failed.empty() ? "" : "; ") + failure.message();
        }
    }
    if (!failed.empty())
        throw Failure(ErrorCode::PurgeFailed, failed);
    return purged;
}

std::size_t KeyStore::wipe(Guest& guest, const std::function<bool(const AttachedVolume&)>& picked,
                           const PurgeCause& cause) {
    std::vector<VolumeId> wiped;
    std::string failed;
    const auto purge = [&](KernelKey key, const std::string& what) {
        try {
            keyring_.purge(key);
            return true;
        } catch (const Failure& failure) {
            failed += (failed.empty() ? "" : "; ") + what + ": " + failure.message();
            return false;
        }
    };
    fault_point("wipe-begun");
    std::erase_if(guest.volumes, [&](const AttachedVolume& volume) {
        if (!picked(volume) || !purge(volume.key, volume.volume.str()))
            return false;
        wiped.push_back(volume.volume);
        return true;
    });
    const bool is_gone = guest.volumes.empty() && purge(guest.record_key, "what is known of the guest");
    key_count_ -= wiped.size();
    const auto id = guest.id;
    const auto title = guest.title();
    if (news_.purged && !wiped.empty())
        news_.purged(id, wiped, cause); // when nothing of them is in the kernel any more
    if (is_gone)
        forget(id);
    else if (news_.changed)
        news_.changed(guest);
    fault_point("wipe-done");
    if (!failed.empty())
        throw Failure(ErrorCode::PurgeFailed, "keys of " + title + " are left, purge it again: " + failed);
    return wiped.size();
}

void KeyStore::forget(GuestId id) {
    guests_.erase(id);
    if (news_.removed)
        news_.removed(id);
}

} // namespace guestkeyd
