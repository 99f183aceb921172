// SPDX-License-Identifier: LGPL-2.1-or-later
#include "keydb/backup.h"

#include "base/error.h"
#include "sealing/guarded_file.h"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <utility>

namespace guestkeyd::keydb {

namespace {

// The file: this line, a salt, and a box locked with what scrypt makes of the passphrase.
constexpr std::string_view kHead = "guestkey-backup 1\n";
constexpr std::size_t kSaltBytes = 16;

Bytes read_file(const std::filesystem::path& file) {
    std::ifstream stream(file, std::ios::binary);
    if (!stream)
        throw Failure(ErrorCode::InvalidArgs,
                      "cannot read the backup " + quoted(file.string()) + "; give a file as guestkey export makes it");
    return {std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
}

// What the passphrase opens: the key that was made of it, and the copy of the database, which that opens in turn.
struct Unlocked {
    SecretBuffer key;
    Bytes copy;
};

Unlocked unlock(const Bytes& content, const std::filesystem::path& file, const SecretBuffer& passphrase) {
    if (content.size() < kHead.size() + kSaltBytes || !std::equal(kHead.begin(), kHead.end(), content.begin()))
        throw Failure(ErrorCode::InvalidArgs, quoted(file.string()) + " is no backup that this guestkey knows; give a "
                                                                      "file as guestkey export makes it");
    const std::span<const std::uint8_t> rest = std::span(content).subspan(kHead.size());
    auto key = derive_key(passphrase, rest.first(kSaltBytes), kSlowScrypt);
    const auto copy = open_box(key, kHead, rest.subspan(kSaltBytes));
    if (!copy)
        throw Failure(ErrorCode::WrongKey, "the backup " + quoted(file.string()) +
                                               " cannot be opened: the passphrase is wrong, or the file is damaged");
    return {std::move(key), {copy->view().begin(), copy->view().end()}};
}

void import_hosts(KeyDatabase& into, KeyDatabase& from, Imported& imported) {
    const auto known = into.hosts();
    for (const auto& host : from.hosts()) {
        const auto same = [&](const HostRecord& each) { return each.name == host.name; };
        if (std::any_of(known.begin(), known.end(), same))
            continue;
        into.add_host(host);
        ++imported.hosts;
    }
}

std::vector<KeyRecord> oldest_first(std::vector<KeyRecord> keys) {
    std::reverse(keys.begin(), keys.end());
    return keys;
}

// Of a volume that is known, the backup may have keys of older copies only.
void import_keys(KeyDatabase& into, KeyDatabase& from, const VolumeId& volume, Imported& imported) {
    for (const auto& key : oldest_first(from.keys(volume)))
        if (key.state != KeyState::Tombstone && into.add_key(volume, from.key(volume, key.row).view(), KeyState::Old))
            ++imported.keys;
}

// With the keys that its rekeying goes on with, if that was under way.
bool import_volume(KeyDatabase& into, KeyDatabase& from, const VolumeRecord& volume) {
    if (into.find_volume(volume.id))
        return false;
    bool added = false;
    for (const auto& key : oldest_first(from.keys(volume.id))) {
        if (key.state != KeyState::Current && key.state != KeyState::New)
            continue;
        const auto value = from.key(volume.id, key.row);
        if (std::exchange(added, true))
            into.add_key(volume.id, value.view(), key.state);
        else
            into.add_volume(volume, value.view(), key.state);
    }
    if (added)
        into.set_policy(volume.id, volume.rekey_every, volume.rekey_after_migration);
    return added;
}

void import_guests(KeyDatabase& into, KeyDatabase& from, Imported& imported) {
    for (const auto& guest : from.guests())
        if (!into.find_guest(guest.id)) {
            into.put_guest(guest);
            ++imported.guests;
        }
}

} // namespace

void export_backup(KeyDatabase& database, const std::filesystem::path& file, const SecretBuffer& passphrase) {
    const auto salt = random_bytes(kSaltBytes);
    const auto key = derive_key(passphrase, salt, kSlowScrypt);
    const auto copy = database.copy_for(key);
    const auto box = lock_box(key, kHead, {reinterpret_cast<const char*>(copy.content.data()), copy.content.size()});
    std::string content(kHead);
    content.append(salt.begin(), salt.end());
    content.append(box.begin(), box.end());
    replace_file(std::filesystem::absolute(file), content);
    database.note_backup(copy);
}

Imported import_backup(KeyDatabase& database, const std::filesystem::path& file, const SecretBuffer& passphrase) {
    const auto called = "the backup " + file.string();
    const auto unlocked = unlock(read_file(file), file, passphrase);
    KeyDatabase backup(unlocked.copy, unlocked.key, called);
    Imported imported;
    import_hosts(database, backup, imported);
    for (const auto& volume : backup.volumes()) {
        if (import_volume(database, backup, volume))
            ++imported.volumes;
        import_keys(database, backup, volume.id, imported);
    }
    import_guests(database, backup, imported);
    return imported;
}

} // namespace guestkeyd::keydb
