// SPDX-License-Identifier: LGPL-2.1-or-later
#include "keydb/backup.h"
#include "keydb_fixture.h"

namespace guestkeyd::keydb {

namespace {

class Backup : public KeydbTest {
  protected:
    Backup() {
        database.add_host(host("here"));
        database.add_volume(volume(disk, "/disk"), "key of disk");
        GuestRecord record{guest, "guest in the backup", "here"};
        record.volumes = {disk};
        database.put_guest(record);
    }

    // A database of its own, as one has it after the disk with the first was lost.
    [[nodiscard]] KeyDatabase another() const {
        return KeyDatabase::make(dir / "another/keys.db", {ProtectedBy::KeyFile},
                                 SecretBuffer::copy_of("another secret"));
    }

    KeyDatabase database = make();
    const SecretBuffer passphrase = SecretBuffer::copy_of("correct horse");
    const std::filesystem::path backup = dir / "backup";
};

TEST_F(Backup, BringsBackAllThereWas) {
    export_backup(database, backup, passphrase);
    auto restored = another();
    const auto imported = import_backup(restored, backup, passphrase);
    EXPECT_EQ(imported.hosts + imported.volumes + imported.guests, 3U);
    EXPECT_EQ(restored.key(disk, KeyState::Current).view(), "key of disk");
    EXPECT_EQ(restored.host("here").certificate, "certificate of here");
    EXPECT_EQ(restored.find_guest(guest)->volumes, std::vector{disk});
}

TEST_F(Backup, BringsBackARekeyingThatWasUnderWaySoThatItGoesOn) {
    database.prepare_key(disk);
    const auto fresh = std::string(database.key(disk, KeyState::New).view());
    export_backup(database, backup, passphrase);
    auto restored = another();
    import_backup(restored, backup, passphrase);
    EXPECT_EQ(restored.key(disk, KeyState::Current).view(), "key of disk");
    EXPECT_EQ(restored.key(disk, KeyState::New).view(), fresh);
    restored.commit_key(disk);
    EXPECT_EQ(restored.key(disk, KeyState::Current).view(), fresh);
}

TEST_F(Backup, BringsBackAVolumeThatWasBeingMadeSoThatItIsMade) {
    database.add_volume(volume(data, "/data"));
    const auto fresh = std::string(database.key(data, KeyState::New).view());
    export_backup(database, backup, passphrase);
    auto restored = another();
    import_backup(restored, backup, passphrase);
    EXPECT_FALSE(restored.find_volume(data)->ready);
    EXPECT_EQ(restored.key(data, KeyState::New).view(), fresh);
}

TEST_F(Backup, ReplacesNothingThatIsThere) {
    export_backup(database, backup, passphrase);
    database.prepare_key(disk);
    database.commit_key(disk);
    const auto current = std::string(database.key(disk, KeyState::Current).view());
    EXPECT_EQ(import_backup(database, backup, passphrase).keys, 0U);
    EXPECT_EQ(database.key(disk, KeyState::Current).view(), current);
}

TEST_F(Backup, BringsBackNothingThatWasForgotten) {
    export_backup(database, backup, passphrase);
    database.forget(disk);
    import_backup(database, backup, passphrase);
    EXPECT_TRUE(database.volumes().empty());
}

TEST_F(Backup, TellsNothingWithoutThePassphrase) {
    export_backup(database, backup, passphrase);
    const auto content = test::read_file(backup);
    for (const auto* word : {"key of disk", "/disk", "guest in the backup", "SQLite"})
        EXPECT_EQ(content.find(word), std::string::npos) << word;
    auto restored = another();
    EXPECT_EQ(failure_of([&] { import_backup(restored, backup, SecretBuffer::copy_of("wrong horse")); }).code(),
              ErrorCode::WrongKey);
    EXPECT_TRUE(restored.hosts().empty());
}

TEST_F(Backup, ThatWasAlteredIsRefused) {
    export_backup(database, backup, passphrase);
    auto content = test::read_file(backup);
    content[content.size() / 2] ^= 1;
    test::write_file(backup, content);
    EXPECT_EQ(failure_of([&] { import_backup(database, backup, passphrase); }).code(), ErrorCode::WrongKey);
    test::write_file(backup, "something else");
    EXPECT_EQ(failure_of([&] { import_backup(database, backup, passphrase); }).code(), ErrorCode::InvalidArgs);
}

TEST_F(Backup, IsWantedAsLongAsAKeyIsInNone) {
    EXPECT_TRUE(database.wants_backup());
    export_backup(database, backup, passphrase);
    EXPECT_FALSE(database.wants_backup());
    EXPECT_TRUE(database.last_backup());
    database.prepare_key(disk);
    EXPECT_TRUE(database.wants_backup());
}

} // namespace

} // namespace guestkeyd::keydb
