// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "keydb/key_database.h"

#include <filesystem>

namespace guestkeyd::keydb {

// A copy of the database in a file that is encrypted as a whole, so that it tells nothing without the passphrase. The
// file is there as a whole, or as it was before. The database remembers that a backup was made.
void export_backup(KeyDatabase& database, const std::filesystem::path& file, const SecretBuffer& passphrase);

// What a backup had that a database had not.
struct Imported {
    std::size_t hosts = 0;
    std::size_t volumes = 0;
    std::size_t keys = 0;
    std::size_t guests = 0;
};

// Adds what the database does not have: nothing in it is replaced, and what was forgotten stays so. May be repeated.
// WrongKey for another passphrase or a file that was altered, InvalidArgs for one that is no backup.
Imported import_backup(KeyDatabase& database, const std::filesystem::path& file, const SecretBuffer& passphrase);

} // namespace guestkeyd::keydb
