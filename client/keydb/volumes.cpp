// SPDX-License-Identifier: LGPL-2.1-or-later
// The volumes of a key database.
#include "base/error.h"
#include "keydb/key_database.h"
#include "keydb/values.h"

namespace guestkeyd::keydb {

namespace {

constexpr auto kColumns =
    "SELECT volume.id, volume.uuid, host.name, path, pool, volume.name, format, capacity, ready, made, rekeyed, "
    "rekey_every, rekey_after_migration, migrated, forgotten FROM volume JOIN host ON host.id = volume.host ";

std::string select(const char* which) {
    return std::string(kColumns) + which;
}

VolumeRecord read_volume(const Statement& row) {
    VolumeRecord volume{row.number(0), VolumeId::parse(row.text(1)), row.text(2)};
    volume.place = {row.text(3), row.text(4), row.text(5)};
    volume.format = row.text(6);
    if (const auto capacity = row.maybe_number(7))
        volume.capacity = static_cast<std::uint64_t>(*capacity);
    volume.ready = row.number(8) != 0;
    volume.made = row.number(9);
    volume.rekeyed = row.number(10);
    volume.rekey_every = row.maybe_number(11);
    volume.rekey_after_migration = row.number(12) != 0;
    volume.migrated = row.number(13) != 0;
    volume.forgotten = row.maybe_number(14);
    return volume;
}

std::string human(const VolumePlace& place) {
    return quoted(place.path.empty() ? place.pool + "/" + place.name : place.path);
}

} // namespace

VolumeRecord KeyDatabase::add_volume(const VolumeRecord& volume) {
    const auto key = new_volume_key();
    Transaction transaction(database_);
    require_new(volume);
    insert_key(insert_volume(volume), volume.id, key.view(), KeyState::New);
    transaction.commit();
    return *find_volume(volume.id);
}

VolumeRecord KeyDatabase::add_volume(const VolumeRecord& volume, std::string_view key, KeyState state) {
    Transaction transaction(database_);
    const auto known = find_volume(volume.id);
    if (known && known->forgotten) {
        Statement(database_, "UPDATE volume SET forgotten=NULL WHERE id=?", known->row).run();
        insert_key(known->row, volume.id, key, state);
    } else {
        require_new(volume);
        insert_key(insert_volume(volume), volume.id, key, state);
    }
    transaction.commit();
    return *find_volume(volume.id);
}

void KeyDatabase::require_new(const VolumeRecord& volume) {
    if (find_volume(volume.id))
        throw Failure(ErrorCode::InvalidArgs, "volume " + volume.id.str() +
                                                  " is known already; see guestkey volume "
                                                  "show");
    if (find_volume(volume.host, volume.place))
        throw Failure(ErrorCode::InvalidArgs, "volume " + human(volume.place) + " of host " + quoted(volume.host) +
                                                  " is known already; see guestkey volume list");
}

Row KeyDatabase::insert_volume(const VolumeRecord& volume) {
    const auto capacity = volume.capacity ? std::optional(static_cast<std::int64_t>(*volume.capacity)) : std::nullopt;
    Statement(database_,
              "INSERT INTO volume (uuid, host, path, pool, name, format, capacity, ready, made, rekeyed) "
              "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
              volume.id.str(), row_of_host(volume.host), volume.place.path, volume.place.pool, volume.place.name,
              volume.format, capacity, std::int64_t{volume.ready}, now(), now())
        .run();
    return database_.last_row();
}

std::vector<VolumeRecord> KeyDatabase::volumes() {
    std::vector<VolumeRecord> volumes;
    for (Statement row(database_, select("WHERE forgotten IS NULL ORDER BY volume.id").c_str()); row.next();)
        volumes.push_back(read_volume(row));
    return volumes;
}

std::optional<VolumeRecord> KeyDatabase::find_volume(const VolumeId& id) {
    Statement row(database_, select("WHERE volume.uuid=?").c_str(), id.str());
    return row.next() ? std::optional(read_volume(row)) : std::nullopt;
}

std::optional<VolumeRecord> KeyDatabase::find_volume(const std::string& host, const VolumePlace& place) {
    Statement row(database_,
                  select("WHERE host.name=? AND path=? AND pool=? AND volume.name=? AND forgotten IS NULL").c_str(),
                  host, place.path, place.pool, place.name);
    return row.next() ? std::optional(read_volume(row)) : std::nullopt;
}

void KeyDatabase::set_policy(const VolumeId& volume, std::optional<std::int64_t> rekey_every,
                             bool rekey_after_migration) {
    Statement(database_, "UPDATE volume SET rekey_every=?, rekey_after_migration=? WHERE id=?", rekey_every,
              std::int64_t{rekey_after_migration}, row_of_volume(volume))
        .run();
}

void KeyDatabase::note_migrated(const VolumeId& volume) {
    Statement(database_, "UPDATE volume SET migrated=1 WHERE id=?", row_of_volume(volume)).run();
}

void KeyDatabase::set_host_of(const VolumeId& volume, const std::string& host) {
    Statement(database_, "UPDATE volume SET host=? WHERE id=?", row_of_host(host), row_of_volume(volume)).run();
}

Row KeyDatabase::row_of_volume(const VolumeId& volume) {
    Statement row(database_, "SELECT id FROM volume WHERE uuid=?", volume.str());
    if (!row.next())
        throw Failure(ErrorCode::NoSuchVolume,
                      "there is no volume " + volume.str() + " in the key database; see guestkey volume list");
    return row.number(0);
}

} // namespace guestkeyd::keydb
