// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "keydb/sqlite.h"

#include <string>

namespace guestkeyd::keydb {

enum class ProtectedBy { Passphrase, KeyFile, SecretService };

// What opens a key database.
struct Protection {
    ProtectedBy by;
    std::string place{}; // of the key file; the id that the Secret Service has the key under
};

// The data key of a database: with it the values in the file are sealed, and it is in the file itself, wrapped with a
// secret that is not.
class Vault {
  public:
    // A new data key, wrapped, in a database that has none yet; Busy if it has. It is open.
    static Vault make(Sqlite& database, const Protection& protection, const SecretBuffer& secret);
    // InvalidArgs if there is none. It is closed.
    explicit Vault(Sqlite& database);

    [[nodiscard]] const Protection& protection() const { return protection_; }
    [[nodiscard]] const std::string& uuid() const { return uuid_; }

    // WrongKey if it is another secret.
    void open(const SecretBuffer& secret);
    // Wraps the data key with another secret, in this database or in a copy of it.
    void protect(Sqlite& database, const Protection& protection, const SecretBuffer& secret) const;

    // A place is a table, a row, a column, and what else must not be exchanged.
    [[nodiscard]] Bytes seal(const std::string& place, std::string_view value) const;
    // Internal if the value was altered, or comes from another place.
    [[nodiscard]] SecretBuffer unseal(const std::string& place, const Bytes& sealed) const;
    [[nodiscard]] std::int64_t key_version() const { return key_version_; }

  private:
    Vault() = default;
    void read(Sqlite& database);
    [[nodiscard]] std::string bound(const std::string& place) const;

    Protection protection_;
    std::string uuid_;
    Bytes salt_;
    ScryptCost cost_{};
    std::int64_t key_version_ = 1;
    Bytes wrapped_;
    SecretBuffer data_key_;
};

} // namespace guestkeyd::keydb
