// SPDX-License-Identifier: LGPL-2.1-or-later
// guestkey whose database cannot be used as usual.
#include "guestkey_fixture.h"
#include "support/small_disk.h"

namespace guestkeyd::test {

namespace {

class GuestkeyDatabase : public GuestkeyTest {
  protected:
    [[nodiscard]] std::string file() const { return at("data/guestkey/keys.db"); }
};

TEST_F(GuestkeyDatabase, OfANewerVersionIsLeftAlone) {
    constexpr std::size_t kVersion = 60; // of four bytes: PRAGMA user_version, see the file format of SQLite
    auto content = read_file(file());
    content[kVersion] = 1;
    write_file(file(), content);
    expect("volume create here ./disk --size=8M", 9, "was made by a newer guestkey");
    expect("status", 9, "update guestkey");
    EXPECT_EQ(read_file(file()), content);
    EXPECT_FALSE(std::filesystem::exists(at("disk")));
}

TEST_F(GuestkeyDatabase, OnAFullDiskHasNoVolumeMadeThatItCouldNotStoreTheKeyOf) {
    const SmallDisk disk(256);
    const auto there = " --database=" + (disk / "guestkey/keys.db").string();
    expect("init --key-file=master" + there, 0, "made");
    expect("host add here test:///default" + there, 0, "added");
    disk.fill();
    expect("volume create here ./disk --format=luks1 --size=8M" + there, 6, "make room");
    EXPECT_FALSE(std::filesystem::exists(at("disk")));
    disk.make_room();
    expect("volume create here ./disk --format=luks1 --size=8M" + there, 0, "is there");
    disk.fill();
    expect("volume rekey ./disk" + there, 6, "make room");
    expect("volume test ./disk" + there, 0, "the current key opens");
    disk.make_room();
    expect("volume rekey ./disk" + there, 0, "has a new key");
}

TEST_F(GuestkeyDatabase, ThatIsDamagedComesBackFromABackup) {
    write_file(at("phrase"), "correct horse\n");
    const auto disk = create("./disk --format=luks1 --size=8M");
    expect("export backup --passphrase-file=phrase", 0, "backup made");
    write_file(file(), "this was a database");
    expect("volume test " + disk, 9, "damaged");
    std::filesystem::remove(file());
    expect("init --key-file=master", 0, "made");
    expect("import backup --passphrase-file=phrase", 0, "1 volume");
    expect("volume test " + disk, 0, "the current key opens");
}

} // namespace

} // namespace guestkeyd::test
