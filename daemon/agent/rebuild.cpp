// SPDX-License-Identifier: LGPL-2.1-or-later
#include "agent/key_store.h"
#include "base/error.h"
#include "base/journal.h"

namespace guestkeyd {

namespace {

// What hangs in the keyring, sorted by what it is.
struct Inventory {
    std::map<GuestId, Guest> guests;
    std::vector<std::pair<KeyRecord, KernelKey>> keys;
    std::vector<KernelKey> rubbish;
};

Inventory take_inventory(KernelKeyring& keyring) {
    Inventory inventory;
    keyring.for_each([&](const FoundKey& found) {
        if (found.health == KeyHealth::Dead) {
            inventory.rubbish.push_back(found.key);
        } else if (auto key = decode_key_description(found.description)) {
            inventory.keys.emplace_back(std::move(*key), found.key);
        } else if (const auto guest = decode_guest_description(found.description)) {
            if (auto record = decode_guest_payload(keyring.read(found.key).view()))
                inventory.guests.insert({*guest, {*guest, std::move(*record), found.key, GuestState::Unknown, {}}});
        } else {
            journal(Priority::Warning, "a key in the keyring was not made by this version of guestkeyd; left alone");
        }
    });
    return inventory;
}

// Keys of a push that was never committed, of one that an exclusive push undid, and of guests that were being purged.
bool counts(const KeyRecord& key, const Guest* guest) {
    return guest && !guest->record.purging && key.epoch <= guest->record.epoch && key.epoch >= guest->record.floor;
}

// Gives the guest the key, unless it has a newer one of the volume. Returns the key that does not count.
std::optional<KernelKey> give(Guest& guest, const KeyRecord& record, KernelKey key) {
    AttachedVolume fresh{record.volume, key, record.epoch, record.attributes};
    for (auto& volume : guest.volumes) {
        if (volume.volume != record.volume)
            continue;
        if (volume.epoch < fresh.epoch)
            std::swap(volume, fresh);
        return fresh.key;
    }
    guest.volumes.push_back(std::move(fresh));
    return std::nullopt;
}

} // namespace

void KeyStore::rebuild() {
    auto inventory = take_inventory(keyring_);
    guests_ = std::move(inventory.guests);
    for (const auto& [record, key] : inventory.keys) {
        const auto found = guests_.find(record.guest);
        auto* guest = found == guests_.end() ? nullptr : &found->second;
        if (!counts(record, guest))
            inventory.rubbish.push_back(key);
        else if (const auto superseded = give(*guest, record, key))
            inventory.rubbish.push_back(*superseded);
    }
    for (const auto& [id, guest] : guests_)
        if (guest.volumes.empty())
            inventory.rubbish.push_back(guest.record_key);
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
