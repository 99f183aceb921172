// SPDX-License-Identifier: LGPL-2.1-or-later
#include "keydb/vault.h"

#include "base/error.h"
#include "base/id.h"
#include "keydb/values.h"

#include <algorithm>
#include <array>

namespace guestkeyd::keydb {

namespace {

constexpr std::size_t kSaltBytes = 16;

constexpr std::array<std::string_view, 3> kNames{"passphrase", "key-file", "secret-service"}; // as of ProtectedBy

std::string_view name_of(ProtectedBy by) {
    return kNames.at(static_cast<std::size_t>(by));
}

ProtectedBy protected_by(const std::string& name) {
    const auto found = std::find(kNames.begin(), kNames.end(), name);
    if (found == kNames.end())
        throw Failure(ErrorCode::Unsupported, "the key database opens with a " + quoted(name) +
                                                  ", which this guestkey does not know; use the one that made it");
    return static_cast<ProtectedBy>(found - kNames.begin());
}

// Only what people think up needs to be slow to guess.
ScryptCost cost_for(const Protection& protection) {
    return protection.by == ProtectedBy::Passphrase ? kSlowScrypt : kFastScrypt;
}

std::string wrapping_place(const std::string& uuid, std::int64_t key_version) {
    return "guestkey 1 vault " + uuid + " wrapped " + std::to_string(key_version);
}

const char* what_to_do(const Protection& protection) {
    if (protection.by == ProtectedBy::Passphrase)
        return "the passphrase is wrong; try again";
    if (protection.by == ProtectedBy::SecretService)
        return "the Secret Service has another key for it than it was locked with";
    return "the key file is not the one it was locked with";
}

} // namespace

Vault Vault::make(Sqlite& database, const Protection& protection, const SecretBuffer& secret) {
    Vault vault;
    vault.uuid_ = new_uuid();
    vault.data_key_ = random_secret(kBoxKeyBytes);
    Transaction transaction(database);
    if (Statement(database, "SELECT 1 FROM vault").next())
        throw Failure(ErrorCode::Busy, "there is a key database already, " + quoted(database.file().string()) +
                                           "; use it, or put it aside");
    Statement(database,
              "INSERT INTO vault (id, uuid, protection, place, salt, cost, block, parallel, key_version, wrapped) "
              "VALUES (1, ?, '', '', x'', 0, 0, 0, ?, x'')",
              vault.uuid_, vault.key_version_)
        .run();
    vault.protect(database, protection, secret);
    vault.read(database);
    transaction.commit();
    return vault;
}

Vault::Vault(Sqlite& database) {
    read(database);
}

void Vault::read(Sqlite& database) {
    Statement row(database, "SELECT uuid, protection, place, salt, cost, block, parallel, key_version, wrapped "
                            "FROM vault");
    if (!row.next())
        throw Failure(ErrorCode::InvalidArgs, "there is no key database yet; make one with: guestkey init");
    uuid_ = row.text(0);
    protection_ = {protected_by(row.text(1)), row.text(2)};
    salt_ = row.blob(3);
    cost_ = {static_cast<std::uint64_t>(row.number(4)), static_cast<std::uint32_t>(row.number(5)),
             static_cast<std::uint32_t>(row.number(6))};
    key_version_ = row.number(7);
    wrapped_ = row.blob(8);
}

void Vault::open(const SecretBuffer& secret) {
    auto data_key = open_box(derive_key(secret, salt_, cost_), wrapping_place(uuid_, key_version_), wrapped_);
    if (!data_key || data_key->size() != kBoxKeyBytes)
        throw Failure(ErrorCode::WrongKey,
                      std::string("the key database cannot be opened: ") + what_to_do(protection_));
    data_key_ = std::move(*data_key);
}

void Vault::protect(Sqlite& database, const Protection& protection, const SecretBuffer& secret) const {
    const auto salt = random_bytes(kSaltBytes);
    const auto cost = cost_for(protection);
    const auto wrapped =
        lock_box(derive_key(secret, salt, cost), wrapping_place(uuid_, key_version_), data_key_.view());
    Statement(database, "UPDATE vault SET protection=?, place=?, salt=?, cost=?, block=?, parallel=?, wrapped=?",
              name_of(protection.by), protection.place, salt, static_cast<std::int64_t>(cost.cost),
              std::int64_t{cost.block}, std::int64_t{cost.parallel}, wrapped)
        .run();
}

std::string Vault::bound(const std::string& place) const {
    return "guestkey 1 " + place + " " + std::to_string(key_version_);
}

Bytes Vault::seal(const std::string& place, std::string_view value) const {
    return lock_box(data_key_, bound(place), value);
}

SecretBuffer Vault::unseal(const std::string& place, const Bytes& sealed) const {
    auto value = open_box(data_key_, bound(place), sealed);
    if (!value)
        throw Failure(ErrorCode::Internal, "what the key database has at " + place +
                                               " was altered or is damaged; bring back a backup: guestkey import");
    return std::move(*value);
}

} // namespace guestkeyd::keydb
