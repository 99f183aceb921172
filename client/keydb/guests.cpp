// SPDX-License-Identifier: LGPL-2.1-or-later
// The guests of a key database.
#include "base/error.h"
#include "keydb/key_database.h"
#include "keydb/values.h"

#include <algorithm>

namespace guestkeyd::keydb {

namespace {

constexpr auto kColumns = "SELECT guest.uuid, guest.name, here.name, there.name, generation, stale FROM guest "
                          "JOIN host AS here ON here.id = guest.host "
                          "LEFT JOIN host AS there ON there.id = guest.destination ";

GuestRecord read_guest(Sqlite& database, const Statement& row) {
    GuestRecord guest{GuestId::parse(row.text(0)), row.text(1), row.text(2), row.text(3), row.number(4),
                      row.number(5) != 0};
    for (Statement volume(database,
                          "SELECT volume.uuid FROM guest_volume JOIN volume ON volume.id = guest_volume.volume "
                          "WHERE guest=? ORDER BY volume.id",
                          row.text(0));
         volume.next();)
        guest.volumes.push_back(VolumeId::parse(volume.text(0)));
    return guest;
}

} // namespace

std::vector<GuestRecord> KeyDatabase::guests() {
    std::vector<GuestRecord> guests;
    for (Statement row(database_, (std::string(kColumns) + "ORDER BY guest.name, guest.uuid").c_str()); row.next();)
        guests.push_back(read_guest(database_, row));
    return guests;
}

std::optional<GuestRecord> KeyDatabase::find_guest(const GuestId& id) {
    Statement row(database_, (std::string(kColumns) + "WHERE guest.uuid=?").c_str(), id.str());
    return row.next() ? std::optional(read_guest(database_, row)) : std::nullopt;
}

void KeyDatabase::put_guest(const GuestRecord& guest) {
    Transaction transaction(database_);
    const auto destination = guest.destination.empty() ? std::nullopt : std::optional(row_of_host(guest.destination));
    Statement(database_,
              "INSERT INTO guest (uuid, name, host, destination, generation) VALUES (?, ?, ?, ?, 0) "
              "ON CONFLICT (uuid) DO UPDATE SET name=excluded.name, host=excluded.host, "
              "destination=excluded.destination",
              guest.id.str(), guest.name, row_of_host(guest.host), destination)
        .run();
    Statement(database_, "DELETE FROM guest_volume WHERE guest=?", guest.id.str()).run();
    for (const auto& volume : guest.volumes)
        Statement(database_, "INSERT INTO guest_volume (guest, volume) VALUES (?, ?)", guest.id.str(),
                  row_of_volume(volume))
            .run();
    transaction.commit();
}

// The time, so that it is higher also after the guest was removed, or the database brought back from a backup.
std::int64_t KeyDatabase::next_generation(const GuestId& guest) {
    Transaction transaction(database_);
    Statement(database_, "UPDATE guest SET generation = max(generation + 1, ?) WHERE uuid=?", now(), guest.str()).run();
    const auto found = find_guest(guest);
    transaction.commit();
    return found ? found->generation : now();
}

void KeyDatabase::note_pushed(const GuestId& guest) {
    Statement(database_, "UPDATE guest SET stale=0 WHERE uuid=?", guest.str()).run();
}

void KeyDatabase::remove_guest(const GuestId& guest) {
    Statement(database_, "DELETE FROM guest WHERE uuid=?", guest.str()).run();
}

} // namespace guestkeyd::keydb
