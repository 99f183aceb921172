// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/mounts.h"
#include "cli/storage.h"

#include <cstdlib>
#include <fstream>
#include <gtest/gtest.h>

namespace guestkeyd::cli {

namespace {

namespace fs = std::filesystem;

// A folder that looks like /sys/block.
class StorageOnSysfs : public testing::Test {
  protected:
    StorageOnSysfs() {
        std::string name = fs::temp_directory_path() / "guestkeyd-sysfs-XXXXXX";
        root_ = mkdtemp(name.data());
    }
    ~StorageOnSysfs() override { fs::remove_all(root_); }

    fs::path device(const std::string& name, const std::string& dm_uuid, const std::vector<std::string>& below) {
        fs::create_directories(root_ / name / "slaves");
        if (!dm_uuid.empty()) {
            fs::create_directories(root_ / name / "dm");
            std::ofstream(root_ / name / "dm" / "uuid") << dm_uuid << '\n';
        }
        for (const auto& slave : below)
            fs::create_directory_symlink(root_ / slave, root_ / name / "slaves" / slave);
        return root_ / name;
    }

    fs::path root_;
};

} // namespace

TEST_F(StorageOnSysfs, ADiskIsPlain) {
    EXPECT_FALSE(is_encrypted_device(device("sda", "", {})));
}

TEST_F(StorageOnSysfs, ADmCryptMappingIsEncrypted) {
    device("sda", "", {});
    EXPECT_TRUE(is_encrypted_device(device("dm-0", "CRYPT-LUKS2-0123-luks", {"sda"})));
}

TEST_F(StorageOnSysfs, AVolumeOnDmCryptIsEncrypted) {
    device("sda", "", {});
    device("dm-0", "CRYPT-LUKS2-0123-luks", {"sda"});
    EXPECT_TRUE(is_encrypted_device(device("dm-1", "LVM-abc", {"dm-0"})));
}

TEST_F(StorageOnSysfs, OnePlainDiskBelowAVolumeMakesItPlain) {
    device("sda", "", {});
    device("sdb", "", {});
    device("dm-0", "CRYPT-LUKS2-0123-luks", {"sda"});
    EXPECT_FALSE(is_encrypted_device(device("dm-1", "LVM-abc", {"dm-0", "sdb"})));
}

TEST_F(StorageOnSysfs, MountsAreReadFromTheKernelsTable) {
    std::ofstream(root_ / "mountinfo") << "22 1 254:1 / / rw,relatime shared:1 - ext4 /dev/root rw\n"
                                          "30 22 0:30 /v /var/lib/my\\040images rw master:2 shared:3 - btrfs "
                                          "/dev/mapper/a\\134b rw\n"
                                          "a line of another kind\n";
    const auto mounts = read_mounts(root_ / "mountinfo");
    ASSERT_EQ(mounts.size(), 2U);
    EXPECT_EQ(mounts[1].point, "/var/lib/my images");
    EXPECT_EQ(mounts[1].type, "btrfs");
    EXPECT_EQ(mounts[1].source, "/dev/mapper/a\\b");
}

TEST(Storage, TheLatestAndDeepestMountHoldsAPath) {
    const std::vector<Mount> mounts{
        {"/", "ext4", "a"}, {"/var", "ext4", "b"}, {"/var", "ext4", "c"}, {"/va", "ext4", "d"}};
    EXPECT_EQ(find_mount("/var/lib", mounts)->source, "c");
    EXPECT_EQ(find_mount("/var", mounts)->source, "c");
    EXPECT_EQ(find_mount("/various", mounts)->source, "a");
}

TEST(Storage, WarnsOfPlainAndUnknownOnly) {
    EXPECT_EQ(storage_warning({"/f", Storage::Memory, "tmpfs"}), "");
    EXPECT_EQ(storage_warning({"/f", Storage::Encrypted, "dm-crypt below dm-0"}), "");
    EXPECT_EQ(storage_warning({"/f", Storage::Absent, "No such file or directory"}), "");
    EXPECT_NE(storage_warning({"/f", Storage::Plain, "sda1, without dm-crypt below it"}).find("/f is on sda1"),
              std::string::npos);
    EXPECT_NE(storage_warning({"/f", Storage::Unknown, "a file system of type zfs"}).find("zfs"), std::string::npos);
}

TEST(Storage, AFolderThatIsNotThereIsAbsent) {
    EXPECT_EQ(examine_folder("/nonexistent/folder").storage, Storage::Absent);
}

TEST(Storage, SharedMemoryIsMemory) {
    EXPECT_EQ(examine_folder("/dev/shm").storage, Storage::Memory);
}

} // namespace guestkeyd::cli
