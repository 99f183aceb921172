// SPDX-License-Identifier: LGPL-2.1-or-later
#include "keydb_fixture.h"
#include "support/small_disk.h"

#include <fstream>
#include <sys/stat.h>

namespace guestkeyd::keydb {

namespace {

mode_t mode_of(const std::filesystem::path& path) {
    struct stat status {};
    EXPECT_EQ(stat(path.c_str(), &status), 0);
    return status.st_mode & 07777U;
}

bool tells(const Failure& failure, std::string_view words) {
    return failure.message().find(words) != std::string::npos;
}

class KeyDatabaseFile : public KeydbTest {};

TEST_F(KeyDatabaseFile, IsForItsOwnerAlone) {
    const auto before = umask(0);
    make();
    umask(before);
    EXPECT_EQ(mode_of(file), 0600U);
    EXPECT_EQ(mode_of(file.parent_path()), 0700U);
}

TEST_F(KeyDatabaseFile, IsNotMadeByWhoOnlyWantsToReadIt) {
    EXPECT_TRUE(tells(failure_of([&] { open(); }), "guestkey init"));
    EXPECT_FALSE(std::filesystem::exists(file));
}

TEST_F(KeyDatabaseFile, IsNotMadeAnewWhereThereIsOne) {
    make().add_host(host("here"));
    EXPECT_EQ(failure_of([&] { make(); }).code(), ErrorCode::Busy);
    EXPECT_EQ(open().hosts().size(), 1U);
}

TEST_F(KeyDatabaseFile, OpensWithItsSecretAlone) {
    make();
    KeyDatabase database(file);
    const auto failure = failure_of([&] { database.unlock(SecretBuffer::copy_of("something else")); });
    EXPECT_EQ(failure.code(), ErrorCode::WrongKey);
    EXPECT_TRUE(tells(failure, "key file"));
}

TEST_F(KeyDatabaseFile, SaysThatAPassphraseIsWrong) {
    KeyDatabase::make(file, {ProtectedBy::Passphrase}, SecretBuffer::copy_of("correct horse"));
    KeyDatabase database(file);
    EXPECT_TRUE(
        tells(failure_of([&] { database.unlock(SecretBuffer::copy_of("wrong horse")); }), "the passphrase is wrong"));
    database.unlock(SecretBuffer::copy_of("correct horse"));
}

TEST_F(KeyDatabaseFile, CanBeGivenAnotherSecret) {
    auto database = make();
    database.add_host(host("here"));
    database.add_volume(volume(disk, "/disk"), "the key");
    database.protect({ProtectedBy::Passphrase}, SecretBuffer::copy_of("correct horse"));
    KeyDatabase again(file);
    EXPECT_EQ(again.protection().by, ProtectedBy::Passphrase);
    EXPECT_THROW(again.unlock(secret()), Failure);
    again.unlock(SecretBuffer::copy_of("correct horse"));
    EXPECT_EQ(again.key(disk, KeyState::Current).view(), "the key");
}

TEST_F(KeyDatabaseFile, OfANewerVersionIsLeftAlone) {
    make();
    Sqlite(file).run("PRAGMA user_version=99");
    const auto before = test::read_file(file);
    const auto failure = failure_of([&] { open(); });
    EXPECT_EQ(failure.code(), ErrorCode::NotSupported);
    EXPECT_TRUE(tells(failure, "update guestkey"));
    EXPECT_EQ(test::read_file(file), before);
}

TEST_F(KeyDatabaseFile, OfAnotherProgramIsLeftAlone) {
    std::filesystem::create_directories(file.parent_path());
    std::filesystem::permissions(file.parent_path(), std::filesystem::perms::owner_all);
    Sqlite(file).run("CREATE TABLE theirs (a)");
    EXPECT_TRUE(tells(failure_of([&] { open(); }), "another program"));
}

TEST_F(KeyDatabaseFile, ThatIsDamagedIsToldWithWhatToDo) {
    make();
    std::ofstream(file, std::ios::trunc) << "this was a database";
    EXPECT_TRUE(tells(failure_of([&] { open(); }), "damaged"));
    EXPECT_TRUE(tells(failure_of([&] { open(); }), "guestkey import"));
}

TEST_F(KeyDatabaseFile, OnAFullDiskKeepsWhatItHasAndSaysSo) {
    const test::SmallDisk small(256);
    auto database = KeyDatabase::make(small / "guestkey/keys.db", {ProtectedBy::KeyFile}, secret());
    database.add_host(host("here"));
    database.add_volume(volume(disk, "/disk"), "the key");
    small.fill();
    const auto failure = failure_of([&] { database.prepare_key(disk); });
    EXPECT_EQ(failure.code(), ErrorCode::LimitsExceeded) << failure.message();
    EXPECT_TRUE(tells(failure, "make room"));
    small.make_room();
    database.prepare_key(disk);
    EXPECT_EQ(database.key(disk, KeyState::Current).view(), "the key");
    EXPECT_EQ(database.keys(disk).size(), 2U);
}

// The tables as version 1 had them.
TEST_F(KeyDatabaseFile, OfAnOlderVersionIsBroughtUp) {
    auto database = make();
    database.add_host(host("here"));
    database.add_volume(volume(disk, "/disk"), "the key");
    Sqlite(file).run("ALTER TABLE host DROP COLUMN boot; PRAGMA user_version=1");
    auto again = open();
    EXPECT_EQ(again.key(disk, KeyState::Current).view(), "the key");
    EXPECT_EQ(again.host("here").boot, "");
    again.set_boot("here", "5b0c1c2e-7a53-4b71-9a4e-1f2d3c4b5a69");
    EXPECT_EQ(open().host("here").boot, "5b0c1c2e-7a53-4b71-9a4e-1f2d3c4b5a69");
}

TEST_F(KeyDatabaseFile, KnowsGuestsAndWhereTheyAre) {
    auto database = make();
    database.add_host(host("here"));
    database.add_host(host("there"));
    database.add_volume(volume(disk, "/disk"), "the key");
    GuestRecord record{guest, "web", "here"};
    record.volumes = {disk};
    database.put_guest(record);
    const auto first = database.next_generation(guest);
    record.destination = "there";
    database.put_guest(record);
    EXPECT_EQ(database.find_guest(guest)->destination, "there");
    EXPECT_EQ(database.find_guest(guest)->volumes, std::vector{disk});
    EXPECT_GT(database.next_generation(guest), first);
    EXPECT_EQ(failure_of([&] { database.remove_host("there"); }).code(), ErrorCode::Busy);
    database.remove_guest(guest);
    EXPECT_TRUE(database.guests().empty());
    database.remove_host("there");
    EXPECT_EQ(failure_of([&] { database.remove_host("here"); }).code(), ErrorCode::Busy); // the volume's
}

} // namespace

} // namespace guestkeyd::keydb
