// SPDX-License-Identifier: LGPL-2.1-or-later
#include "keydb/key_database.h"

#include "base/error.h"
#include "keydb/schema.h"
#include "keydb/values.h"
#include "sealing/guarded_file.h"

namespace guestkeyd::keydb {

namespace {

std::filesystem::path with_folder(const std::filesystem::path& file) {
    std::filesystem::create_directories(file.parent_path().parent_path());
    prepare_folder(file.parent_path());
    return file;
}

std::filesystem::path existing(const std::filesystem::path& file) {
    if (!std::filesystem::exists(file))
        throw Failure(ErrorCode::InvalidArgs,
                      "there is no key database " + quoted(file.string()) + " yet; make one with: guestkey init");
    return file;
}

template <typename... Source> Sqlite with_schema(Source&&... source) {
    Sqlite database(std::forward<Source>(source)...);
    prepare_schema(database);
    return database;
}

} // namespace

KeyDatabase KeyDatabase::make(const std::filesystem::path& file, const Protection& protection,
                              const SecretBuffer& secret) {
    return {with_folder(file), protection, secret};
}

KeyDatabase::KeyDatabase(const std::filesystem::path& file, const Protection& protection, const SecretBuffer& secret)
    : database_(with_schema(file)), vault_(Vault::make(database_, protection, secret)) {}

KeyDatabase::KeyDatabase(const std::filesystem::path& file)
    : database_(with_schema(existing(file))), vault_(database_) {}

KeyDatabase::KeyDatabase(const Bytes& content, const SecretBuffer& secret, const std::string& called)
    : database_(with_schema(std::span<const std::uint8_t>(content), called)), vault_(database_) {
    vault_.open(secret);
}

void KeyDatabase::protect(const Protection& protection, const SecretBuffer& secret) {
    vault_.protect(database_, protection, secret);
}

Copy KeyDatabase::copy_for(const SecretBuffer& secret) {
    Sqlite copy(database_.serialized(), "the backup");
    vault_.protect(copy, {ProtectedBy::KeyFile}, secret);
    Statement changes(copy, "SELECT changes FROM vault");
    changes.next();
    return {copy.serialized(), changes.number(0)};
}

bool KeyDatabase::wants_backup() {
    return Statement(database_, "SELECT 1 FROM vault WHERE changes > 0 AND exported_changes < changes").next();
}

std::optional<std::int64_t> KeyDatabase::last_backup() {
    Statement row(database_, "SELECT exported FROM vault");
    return row.next() ? row.maybe_number(0) : std::nullopt;
}

void KeyDatabase::note_backup(const Copy& copy) {
    Statement(database_, "UPDATE vault SET exported=?, exported_changes=?", now(), copy.changes).run();
}

} // namespace guestkeyd::keydb
