// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "keydb/records.h"
#include "keydb/vault.h"

#include <filesystem>
#include <string_view>

namespace guestkeyd::keydb {

// A database as the bytes of a file, and how many keys had come when it was copied.
struct Copy {
    Bytes content;
    std::int64_t changes;
};

// Keys of volumes, hosts, guests, in a file that several processes may use at once. What a call has written is on disk
// when it returns, all of it or nothing. Keys are never removed but by forget(), which leaves a tombstone.
class KeyDatabase {
  public:
    // A new one; its folder is made as well, for us alone. Busy if there is one. It is open.
    static KeyDatabase make(const std::filesystem::path& file, const Protection& protection,
                            const SecretBuffer& secret);
    // One that is there. InvalidArgs if there is none, NotSupported if it is of a newer version. Keys and certificates
    // need unlock() first.
    explicit KeyDatabase(const std::filesystem::path& file);
    // A backup, whose vault is opened with the secret; called so in messages.
    KeyDatabase(const Bytes& content, const SecretBuffer& secret, const std::string& called);

    [[nodiscard]] const Protection& protection() const { return vault_.protection(); }
    [[nodiscard]] const std::string& uuid() const { return vault_.uuid(); }
    // WrongKey if it is another secret.
    void unlock(const SecretBuffer& secret) { vault_.open(secret); }
    void protect(const Protection& protection, const SecretBuffer& secret);
    // All of it, but wrapped with this secret, which nobody could guess.
    [[nodiscard]] Copy copy_for(const SecretBuffer& secret);
    // Whether a key came since the last backup was made.
    [[nodiscard]] bool wants_backup();
    [[nodiscard]] std::optional<std::int64_t> last_backup();
    // That the copy is in a safe place.
    void note_backup(const Copy& copy);

    // InvalidArgs if there is one of the name.
    void add_host(const HostRecord& host);
    void set_certificate(const std::string& host, const std::string& pem);
    // All guests of the host have their keys there, since that boot.
    void set_boot(const std::string& host, const std::string& boot);
    [[nodiscard]] std::vector<HostRecord> hosts(); // with certificates
    // InvalidArgs if there is none.
    [[nodiscard]] HostRecord host(const std::string& name);
    // Busy if volumes or guests are on it.
    void remove_host(const std::string& name);

    // A volume that is not there yet, with a new key. InvalidArgs for one of the same place or UUID.
    VolumeRecord add_volume(const VolumeRecord& volume);
    // One that is there, with the key that opens it, or New: is to open it; also one that was forgotten.
    VolumeRecord add_volume(const VolumeRecord& volume, std::string_view key, KeyState state = KeyState::Current);
    [[nodiscard]] std::vector<VolumeRecord> volumes(); // not those that were forgotten
    [[nodiscard]] std::optional<VolumeRecord> find_volume(const VolumeId& id);
    [[nodiscard]] std::optional<VolumeRecord> find_volume(const std::string& host, const VolumePlace& place);
    void set_policy(const VolumeId& volume, std::optional<std::int64_t> rekey_every, bool rekey_after_migration);
    void note_migrated(const VolumeId& volume);
    void set_host_of(const VolumeId& volume, const std::string& host);

    [[nodiscard]] std::vector<KeyRecord> keys(const VolumeId& volume); // the newest first
    // NoSuchVolume if it has no key in this state; of old ones the newest.
    [[nodiscard]] SecretBuffer key(const VolumeId& volume, KeyState state);
    [[nodiscard]] SecretBuffer key(const VolumeId& volume, Row key);
    // Puts a new key beside the current one, unless an interrupted change has left one.
    void prepare_key(const VolumeId& volume);
    // The new key opens the volume: it is current, what was current is old, and guests with the volume are stale.
    void commit_key(const VolumeId& volume);
    // One more: Old, which may open older copies of it, or New, if there is none. False if it is there already, or the
    // volume's keys were forgotten.
    bool add_key(const VolumeId& volume, std::string_view key, KeyState state);
    // All its keys become tombstones, and their values are overwritten.
    void forget(const VolumeId& volume);

    [[nodiscard]] std::vector<GuestRecord> guests();
    [[nodiscard]] std::optional<GuestRecord> find_guest(const GuestId& id);
    // Adds or replaces it, with its volumes; not its generation.
    void put_guest(const GuestRecord& guest);
    // The number of the next push of its keys, higher than all before.
    std::int64_t next_generation(const GuestId& guest);
    // Its host has the keys as they are now.
    void note_pushed(const GuestId& guest);
    void remove_guest(const GuestId& guest);

  private:
    KeyDatabase(const std::filesystem::path& file, const Protection& protection, const SecretBuffer& secret);

    Row row_of_volume(const VolumeId& volume);
    Row row_of_host(const std::string& name);
    void require_new(const VolumeRecord& volume);
    Row insert_volume(const VolumeRecord& volume);
    void insert_key(Row volume, const VolumeId& id, std::string_view key, KeyState state);
    [[nodiscard]] SecretBuffer unseal_key(Row key, const VolumeId& volume, const Bytes& sealed) const;

    Sqlite database_;
    Vault vault_;
};

} // namespace guestkeyd::keydb
