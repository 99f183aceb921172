// SPDX-License-Identifier: LGPL-2.1-or-later
#include "keydb/schema.h"

#include "base/error.h"
#include "base/id.h"

#include <array>

namespace guestkeyd::keydb {

namespace {

constexpr std::int64_t kApplication = 0x676b6462; // "gkdb", PRAGMA application_id

// Each brings the tables from the version before it to its own. What is here stays as it is: files were made by it.
constexpr std::array kMigrations{
    // Version 1.
    R"(
CREATE TABLE vault (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    uuid TEXT NOT NULL,              -- of this database
    protection TEXT NOT NULL,        -- what the data key is wrapped with: passphrase or key-file
    place TEXT NOT NULL,             -- of the key file
    salt BLOB NOT NULL, cost INTEGER NOT NULL, block INTEGER NOT NULL, parallel INTEGER NOT NULL, -- scrypt
    key_version INTEGER NOT NULL,    -- of the data key
    wrapped BLOB NOT NULL,           -- the data key
    changes INTEGER NOT NULL DEFAULT 0, -- how many keys have come
    exported_changes INTEGER NOT NULL DEFAULT -1, -- how many of them are in the last backup
    exported INTEGER                 -- when that was made, seconds since 1970
) STRICT;
CREATE TABLE host (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL UNIQUE,
    uri TEXT NOT NULL,               -- of libvirt
    agent TEXT NOT NULL,             -- [USER@]HOST[:PORT] for ssh to its agent; empty: this machine's
    authority TEXT NOT NULL,         -- file with the CA that certifies it; empty: pinned
    certificate BLOB                 -- sealed
) STRICT;
CREATE TABLE volume (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    uuid TEXT NOT NULL UNIQUE,
    host INTEGER NOT NULL REFERENCES host,
    path TEXT NOT NULL, pool TEXT NOT NULL, name TEXT NOT NULL,
    format TEXT NOT NULL,
    capacity INTEGER,                -- bytes; of one that is to be made
    ready INTEGER NOT NULL,          -- it was made, or was there
    made INTEGER NOT NULL,
    rekeyed INTEGER NOT NULL,        -- when its current key came to be
    rekey_every INTEGER,             -- seconds
    rekey_after_migration INTEGER NOT NULL DEFAULT 0,
    migrated INTEGER NOT NULL DEFAULT 0, -- since it was rekeyed
    forgotten INTEGER
) STRICT;
CREATE TABLE volume_key (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    volume INTEGER NOT NULL REFERENCES volume,
    state TEXT NOT NULL CHECK (state IN ('new', 'current', 'old', 'tombstone')),
    key_version INTEGER NOT NULL,
    sealed BLOB,
    made INTEGER NOT NULL,
    CHECK ((state = 'tombstone') = (sealed IS NULL))
) STRICT;
CREATE UNIQUE INDEX one_key_of_a_state ON volume_key (volume, state) WHERE state IN ('new', 'current');
CREATE TABLE guest (
    uuid TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    host INTEGER NOT NULL REFERENCES host,
    destination INTEGER REFERENCES host, -- while it migrates
    generation INTEGER NOT NULL,         -- of the last push of its keys
    stale INTEGER NOT NULL DEFAULT 0     -- its host is still to get a key of it that has changed
) STRICT;
CREATE TABLE guest_volume (
    guest TEXT NOT NULL REFERENCES guest ON DELETE CASCADE,
    volume INTEGER NOT NULL REFERENCES volume,
    PRIMARY KEY (guest, volume)
) STRICT;
)",
    // Version 2.
    R"(
ALTER TABLE host ADD COLUMN boot TEXT NOT NULL DEFAULT ''; -- BootId of its agent, since when it has its guests' keys
)",
};
static_assert(kMigrations.size() == kSchemaVersion);

std::int64_t pragma(Sqlite& database, const char* sql) {
    Statement statement(database, sql);
    return statement.next() ? statement.number(0) : 0;
}

void require_ours(Sqlite& database, std::int64_t version) {
    const auto name = quoted(database.file().string());
    if (version > kSchemaVersion)
        throw Failure(ErrorCode::NotSupported, "the key database " + name + " was made by a newer guestkey (version " +
                                                   std::to_string(version) + ", and this one knows " +
                                                   std::to_string(kSchemaVersion) + "); update guestkey");
    if (pragma(database, "PRAGMA application_id") != kApplication)
        throw Failure(ErrorCode::InvalidArgs, name + " is a database of another program; give another file");
}

void migrate(Sqlite& database) {
    Transaction transaction(database);
    const auto version = pragma(database, "PRAGMA user_version"); // another process may have been here first
    for (auto next = static_cast<std::size_t>(version); next < kMigrations.size(); ++next)
        database.run(kMigrations[next]);
    database.run(("PRAGMA user_version=" + std::to_string(kSchemaVersion)).c_str());
    transaction.commit();
}

} // namespace

void prepare_schema(Sqlite& database) {
    const auto version = pragma(database, "PRAGMA user_version");
    if (version == 0 && pragma(database, "SELECT count(*) FROM sqlite_schema") == 0) {
        database.run(("PRAGMA application_id=" + std::to_string(kApplication)).c_str());
        return migrate(database);
    }
    require_ours(database, version);
    if (version < kSchemaVersion)
        migrate(database);
}

} // namespace guestkeyd::keydb
