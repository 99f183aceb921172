// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "guestkey/command_line.h"
#include "keydb/key_database.h"

#include <filesystem>

namespace guestkeyd::guestkey {

// By --database, or keys.db below $XDG_DATA_HOME/guestkey (~/.local/share, as the XDG Base Directory Specification
// has it).
std::filesystem::path database_file(const Invocation& invocation);

// In words, like "key file".
std::string what_opens(const keydb::Protection& protection);

// What opens a database: a passphrase, what is in the key file, or what the Secret Service has. From --unlock=FILE if
// it is given, from $CREDENTIALS_DIRECTORY/guestkey (systemd.exec(5)) if that is there, else from the key file, the
// Secret Service, or a human at a terminal.
SecretBuffer unlocking_secret(const Invocation& invocation, const keydb::Protection& protection);

// The database, open.
keydb::KeyDatabase open_database(const Invocation& invocation);

// A passphrase for a backup or a new database: from the file, or typed twice.
SecretBuffer new_passphrase(const std::optional<std::string>& file, const std::string& title);
SecretBuffer passphrase(const std::optional<std::string>& file, const std::string& title);

int make_database(const Invocation& invocation);
int change_protection(const Invocation& invocation);
int export_database(const Invocation& invocation);
int import_database(const Invocation& invocation);

// On standard error, unless all keys are in a backup.
void warn_without_backup(keydb::KeyDatabase& database);

} // namespace guestkeyd::guestkey
