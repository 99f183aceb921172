// SPDX-License-Identifier: LGPL-2.1-or-later
// The keys of volumes in a key database.
#include "base/error.h"
#include "keydb/key_database.h"
#include "keydb/values.h"

#include <algorithm>
#include <array>

namespace guestkeyd::keydb {

namespace {

constexpr std::array kStates{"new", "current", "old", "tombstone"}; // in the order of KeyState

const char* name_of(KeyState state) {
    return kStates.at(static_cast<std::size_t>(state));
}

KeyState state_of(const std::string& name) {
    const auto* const found = std::find(kStates.begin(), kStates.end(), name);
    return static_cast<KeyState>(found - kStates.begin()); // the table's CHECK lets nothing else in
}

// With the volume's UUID, so that a key cannot be moved to another volume either.
std::string place_of_key(Row key, const VolumeId& volume) {
    return "volume_key " + std::to_string(key) + " sealed of " + volume.str();
}

} // namespace

// The row comes first, for its number is a part of what the value is bound to.
void KeyDatabase::insert_key(Row volume, const VolumeId& id, std::string_view key, KeyState state) {
    Statement(database_, "INSERT INTO volume_key (volume, state, key_version, sealed, made) VALUES (?, ?, ?, x'', ?)",
              volume, name_of(state), vault_.key_version(), now())
        .run();
    const auto row = database_.last_row();
    Statement(database_, "UPDATE volume_key SET sealed=? WHERE id=?", vault_.seal(place_of_key(row, id), key), row)
        .run();
    Statement(database_, "UPDATE vault SET changes = changes + 1").run();
}

std::vector<KeyRecord> KeyDatabase::keys(const VolumeId& volume) {
    std::vector<KeyRecord> keys;
    for (Statement row(database_, "SELECT id, state, made FROM volume_key WHERE volume=? ORDER BY id DESC",
                       row_of_volume(volume));
         row.next();)
        keys.push_back({row.number(0), state_of(row.text(1)), row.number(2)});
    return keys;
}

SecretBuffer KeyDatabase::unseal_key(Row key, const VolumeId& volume, const Bytes& sealed) const {
    return vault_.unseal(place_of_key(key, volume), sealed);
}

SecretBuffer KeyDatabase::key(const VolumeId& volume, KeyState state) {
    Statement row(database_,
                  "SELECT id, sealed FROM volume_key WHERE volume=? AND state=? AND sealed IS NOT NULL "
                  "ORDER BY id DESC LIMIT 1",
                  row_of_volume(volume), name_of(state));
    if (!row.next())
        throw Failure(ErrorCode::NoSuchVolume, "the key database has no " + std::string(name_of(state)) +
                                                   " key of volume " + volume.str() +
                                                   "; see guestkey volume show, or bring it with guestkey volume "
                                                   "import");
    return unseal_key(row.number(0), volume, row.blob(1));
}

SecretBuffer KeyDatabase::key(const VolumeId& volume, Row key) {
    Statement row(database_, "SELECT sealed FROM volume_key WHERE volume=? AND id=? AND sealed IS NOT NULL",
                  row_of_volume(volume), key);
    if (!row.next())
        throw Failure(ErrorCode::NoSuchVolume, "this key of volume " + volume.str() + " was forgotten");
    return unseal_key(key, volume, row.blob(0));
}

void KeyDatabase::prepare_key(const VolumeId& volume) {
    const auto key = new_volume_key();
    Transaction transaction(database_);
    const auto row = row_of_volume(volume);
    if (Statement(database_, "SELECT 1 FROM volume_key WHERE volume=? AND state='new'", row).next())
        return;
    insert_key(row, volume, key.view(), KeyState::New);
    transaction.commit();
}

void KeyDatabase::commit_key(const VolumeId& volume) {
    Transaction transaction(database_);
    const auto row = row_of_volume(volume);
    if (!Statement(database_, "SELECT 1 FROM volume_key WHERE volume=? AND state='new'", row).next())
        return; // another guestkey has seen the end of the same change
    Statement(database_, "UPDATE volume_key SET state='old' WHERE volume=? AND state='current'", row).run();
    Statement(database_, "UPDATE volume_key SET state='current' WHERE volume=? AND state='new'", row).run();
    Statement(database_, "UPDATE volume SET ready=1, rekeyed=?, migrated=0 WHERE id=?", now(), row).run();
    Statement(database_, "UPDATE guest SET stale=1 WHERE uuid IN (SELECT guest FROM guest_volume WHERE volume=?)", row)
        .run();
    transaction.commit();
}

bool KeyDatabase::add_key(const VolumeId& volume, std::string_view key, KeyState state) {
    Transaction transaction(database_);
    const auto row = row_of_volume(volume);
    for (const auto& known : keys(volume))
        if (known.state == KeyState::Tombstone || this->key(volume, known.row).view() == key)
            return false;
    insert_key(row, volume, key, state);
    transaction.commit();
    return true;
}

void KeyDatabase::forget(const VolumeId& volume) {
    Transaction transaction(database_);
    const auto row = row_of_volume(volume);
    Statement(database_, "UPDATE volume_key SET state='tombstone', sealed=NULL WHERE volume=?", row).run();
    Statement(database_, "UPDATE volume SET forgotten=? WHERE id=?", now(), row).run();
    Statement(database_, "DELETE FROM guest_volume WHERE volume=?", row).run();
    transaction.commit();
}

} // namespace guestkeyd::keydb
