// SPDX-License-Identifier: LGPL-2.1-or-later
#include "keydb_fixture.h"

namespace guestkeyd::keydb {

namespace {

class KeysOfVolumes : public KeydbTest {
  protected:
    KeysOfVolumes() { database.add_host(host("here")); }

    std::string key(KeyState state) { return std::string(database.key(disk, state).view()); }
    std::string states() {
        std::string text;
        for (const auto& key : database.keys(disk))
            text += "nco+"[static_cast<int>(key.state)];
        return text;
    }

    KeyDatabase database = make();
};

TEST_F(KeysOfVolumes, AreThereBeforeTheVolumeIs) {
    EXPECT_FALSE(database.add_volume(volume(disk, "/disk")).ready);
    auto another = open();
    EXPECT_EQ(another.key(disk, KeyState::New).view(), key(KeyState::New));
    EXPECT_EQ(key(KeyState::New).size(), 64U);
}

TEST_F(KeysOfVolumes, DifferFromEachOther) {
    database.add_volume(volume(disk, "/disk"));
    database.add_volume(volume(data, "/data"));
    EXPECT_NE(key(KeyState::New), database.key(data, KeyState::New).view());
}

TEST_F(KeysOfVolumes, BecomeCurrentOnceTheyOpenTheVolume) {
    database.add_volume(volume(disk, "/disk"));
    const auto made = key(KeyState::New);
    database.commit_key(disk);
    EXPECT_EQ(key(KeyState::Current), made);
    EXPECT_TRUE(database.find_volume(disk)->ready);
}

TEST_F(KeysOfVolumes, StandBesideEachOtherWhileTheVolumeIsRekeyed) {
    database.add_volume(volume(disk, "/disk"), "the first");
    database.prepare_key(disk);
    const auto fresh = key(KeyState::New);
    database.prepare_key(disk); // interrupted, and asked for again
    EXPECT_EQ(key(KeyState::New), fresh);
    EXPECT_EQ(key(KeyState::Current), "the first");
    EXPECT_EQ(states(), "nc");
}

TEST_F(KeysOfVolumes, AreKeptWhenTheyAreOld) {
    database.add_volume(volume(disk, "/disk"), "the first");
    database.prepare_key(disk);
    database.commit_key(disk);
    database.commit_key(disk); // nothing is left to commit
    EXPECT_EQ(key(KeyState::Old), "the first");
    EXPECT_EQ(states(), "co");
}

TEST_F(KeysOfVolumes, ThatChangeMakeGuestsStaleUntilTheyArePushed) {
    database.add_volume(volume(disk, "/disk"), "the first");
    GuestRecord record{guest, "web", "here"};
    record.volumes = {disk};
    database.put_guest(record);
    EXPECT_FALSE(database.find_guest(guest)->stale);
    database.prepare_key(disk);
    database.commit_key(disk);
    EXPECT_TRUE(database.find_guest(guest)->stale);
    database.note_pushed(guest);
    EXPECT_FALSE(database.find_guest(guest)->stale);
}

TEST_F(KeysOfVolumes, LeaveTombstonesWhenTheyAreForgotten) {
    database.add_volume(volume(disk, "/disk"), "the first");
    database.prepare_key(disk);
    database.forget(disk);
    EXPECT_EQ(states(), "++");
    EXPECT_TRUE(database.volumes().empty());
    EXPECT_TRUE(database.find_volume(disk)->forgotten);
    EXPECT_EQ(failure_of([&] { (void)key(KeyState::Current); }).code(), ErrorCode::NoSuchVolume);
}

TEST_F(KeysOfVolumes, ComeBackAfterTheyWereForgottenWhenTheyAreBroughtAgain) {
    database.add_volume(volume(disk, "/disk"), "the first");
    database.forget(disk);
    database.add_volume(volume(disk, "/disk"), "the first");
    EXPECT_EQ(key(KeyState::Current), "the first");
    EXPECT_EQ(states(), "c+");
}

TEST_F(KeysOfVolumes, AreNotMixedUp) {
    database.add_volume(volume(disk, "/disk"), "the first");
    EXPECT_EQ(failure_of([&] { database.add_volume(volume(disk, "/elsewhere")); }).code(), ErrorCode::InvalidArgs);
    EXPECT_EQ(failure_of([&] { database.add_volume(volume(data, "/disk")); }).code(), ErrorCode::InvalidArgs);
    EXPECT_EQ(failure_of([&] { (void)database.key(data, KeyState::Current); }).code(), ErrorCode::NoSuchVolume);
}

TEST_F(KeysOfVolumes, AreNotTakenForThoseOfAnotherVolumeBySomeoneWhoChangesTheFile) {
    database.add_volume(volume(disk, "/disk"), "key of disk");
    database.add_volume(volume(data, "/data"), "key of data");
    Sqlite tampered(file);
    tampered.run("UPDATE volume_key SET sealed = (SELECT sealed FROM volume_key WHERE volume = 2) WHERE volume = 1");
    EXPECT_NE(failure_of([&] { (void)key(KeyState::Current); }).message().find("altered"), std::string::npos);
    tampered.run("UPDATE volume_key SET volume = 1, state = 'old' WHERE volume = 2");
    EXPECT_NE(failure_of([&] { (void)key(KeyState::Old); }).message().find("altered"), std::string::npos);
}

TEST_F(KeysOfVolumes, GoToNoOtherHostBySomeoneWhoChangesTheFile) {
    database.add_host(host("there"));
    Sqlite tampered(file);
    tampered.run("UPDATE host SET certificate = (SELECT certificate FROM host WHERE name = 'there')");
    EXPECT_NE(failure_of([&] { (void)database.host("here"); }).message().find("altered"), std::string::npos);
}

TEST_F(KeysOfVolumes, AreNowhereInTheFile) {
    const std::string canary = "canary-6d1f3a5b9c7e";
    database.add_volume(volume(disk, "/disk"), canary);
    database.add_volume(volume(data, "/data"));
    const auto made = std::string(database.key(data, KeyState::New).view());
    for (const auto& entry : std::filesystem::recursive_directory_iterator(dir.path())) {
        if (!entry.is_regular_file())
            continue;
        const auto content = test::read_file(entry.path());
        EXPECT_EQ(content.find(canary), std::string::npos) << entry.path();
        EXPECT_EQ(content.find(made), std::string::npos) << entry.path();
    }
    EXPECT_NE(test::read_file(file).find("/disk"), std::string::npos); // so the search finds what is there
}

TEST_F(KeysOfVolumes, AreOverwrittenInTheFileWhenTheyAreForgotten) {
    database.add_volume(volume(disk, "/disk"), "the first");
    Sqlite raw(file);
    const auto sealed = [&] {
        Statement row(raw, "SELECT sealed FROM volume_key");
        row.next();
        const auto blob = row.blob(0);
        return std::string(blob.begin(), blob.end());
    }();
    ASSERT_NE(test::read_file(file).find(sealed), std::string::npos);
    database.forget(disk);
    EXPECT_EQ(test::read_file(file).find(sealed), std::string::npos);
}

} // namespace

} // namespace guestkeyd::keydb
