// SPDX-License-Identifier: LGPL-2.1-or-later
#include "agent/key_store.h"
#include "agent/mapping_record.h"
#include "base/error.h"
#include "base/journal.h"

namespace guestkeyd {

namespace {

// What hangs in the keyring. Tens of thousands of keys: each goes straight to its guest, to be judged when all are
// there.
struct Inventory {
    std::map<GuestId, Guest> guests; // without a record_key: keys whose guest's record is gone
    std::vector<KernelKey> rubbish;
};

Guest& guest_in(Inventory& inventory, GuestId id) {
    return inventory.guests.try_emplace(id, Guest{id, {}, {}, GuestState::Unknown, {}}).first->second;
}

Inventory take_inventory(KernelKeyring& keyring) {
    Inventory inventory;
    keyring.for_each([&](const FoundKey& found) {
        if (found.health == KeyHealth::Dead) {
            inventory.rubbish.push_back(found.key);
        } else if (auto key = decode_key_description(found.description)) {
            guest_in(inventory, key->guest)
                .volumes.push_back({key->volume, found.key, key->epoch, std::move(key->attributes)});
        } else if (const auto guest = decode_guest_description(found.description)) {
            if (auto record = decode_guest_payload(keyring.read(found.key).view())) {
                guest_in(inventory, *guest).record = std::move(*record);
                guest_in(inventory, *guest).record_key = found.key;
            }
        } else if (!is_mapping_description(found.description)) {
            journal(Priority::Warning, "a key in the keyring was not made by this version of guestkeyd; left alone");
        }
    });
    return inventory;
}

// Not: keys of a push that was never committed, of one that an exclusive push undid, and of guests that were being
// purged.
bool counts(const AttachedVolume& volume, const Guest& guest) {
    return guest.record_key.serial != 0 && !guest.record.purging && volume.epoch <= guest.record.epoch &&
           volume.epoch >= guest.record.floor;
}

// Leaves the guest the newest key of each volume, of those that count.
void sift(Guest& guest, std::vector<KernelKey>& rubbish) {
    std::sort(guest.volumes.begin(), guest.volumes.end(), [](const AttachedVolume& a, const AttachedVolume& b) {
        return std::pair(a.volume, b.epoch) < std::pair(b.volume, a.epoch);
    });
    std::vector<AttachedVolume> kept;
    kept.reserve(guest.volumes.size());
    for (auto& volume : guest.volumes) {
        if (!counts(volume, guest) || (!kept.empty() && kept.back().volume == volume.volume))
            rubbish.push_back(volume.key);
        else
            kept.push_back(std::move(volume));
    }
    guest.volumes = std::move(kept);
}

} // namespace

void KeyStore::rebuild() {
    auto inventory = take_inventory(keyring_);
    guests_ = std::move(inventory.guests);
    for (auto& [id, guest] : guests_) {
        sift(guest, inventory.rubbish);
        if (guest.volumes.empty() && guest.record_key.serial != 0)
            inventory.rubbish.push_back(guest.record_key);
    }
    std::erase_if(guests_, [](const auto& entry) { return entry.second.volumes.empty(); });
    for (const auto key : inventory.rubbish)
        keyring_.purge(key);
    for (const auto& [id, guest] : guests_) {
        key_count_ += guest.volumes.size();
        arm_lease(guest.record, guest.record_key);
        for (const auto& volume : guest.volumes)
            arm_lease(guest.record, volume.key);
    }
}

} // namespace guestkeyd
