// SPDX-License-Identifier: LGPL-2.1-or-later
// Who holds a volume, by a sysfs like the kernel's.
#include "luks/open_mapping.h"

#include "base/error.h"

#include "support/temp_dir.h"

#include <gtest/gtest.h>

namespace guestkeyd::test {
namespace {

namespace fs = std::filesystem;

constexpr auto kUuid = "0d46c0e0-1111-2222-3333-444455556666";
const std::string kMapped = "CRYPT-LUKS2-0d46c0e0111122223333444455556666-";
const std::string kHelper = "CRYPT-SUBDEV-0d46c0e0111122223333444455556666-";

class AVolumeInUse : public testing::Test {
  protected:
    AVolumeInUse() { fs::create_directories(dir_ / "dev/block/254:0/holders"); }

    // A device of device-mapper's that stands on others; the volume is "".
    void map(const std::string& device, const std::string& name, const std::string& uuid,
             const std::vector<std::string>& below = {""}) {
        fs::create_directories(dir_ / "block" / device / "dm");
        fs::create_directories(dir_ / "block" / device / "holders");
        write_file(dir_ / "block" / device / "dm/name", name + "\n");
        write_file(dir_ / "block" / device / "dm/uuid", uuid + "\n");
        for (const auto& each : below)
            fs::create_directories((each.empty() ? dir_ / "dev/block/254:0" : dir_ / "block" / each) / "holders" /
                                   device);
    }
    OpenMapping find() { return find_open_mapping("254:0", kUuid, "volume '/dev/vda'", dir_.path()); }
    std::string refusal() {
        try {
            find();
        } catch (const Failure& failure) {
            EXPECT_EQ(failure.code(), ErrorCode::Busy);
            return failure.message();
        }
        ADD_FAILURE() << "was found";
        return "";
    }

    TempDir dir_;
};

TEST_F(AVolumeInUse, ThroughItsMappingIsFound) {
    map("dm-0", "web", kMapped + "web");
    const auto found = find();
    EXPECT_EQ(found.name, "web");
    EXPECT_FALSE(found.stands_on_overlay);
    EXPECT_TRUE(found.overlay.empty() && found.hotzone.empty());
}

TEST_F(AVolumeInUse, ByWhatAKilledReencryptionHasLeftIsFound) {
    map("dm-1", "web-hotzone-forward", kHelper + "web-hotzone-forward");
    map("dm-2", "web-overlay", kHelper + "web-overlay", {"", "dm-1"});
    map("dm-0", "web", kMapped + "web", {"dm-2"});
    const auto found = find();
    EXPECT_EQ(found.name, "web");
    EXPECT_EQ(found.overlay, "web-overlay");
    EXPECT_EQ(found.hotzone, "web-hotzone-forward");
    EXPECT_TRUE(found.stands_on_overlay);
}

TEST_F(AVolumeInUse, ByHelpersThatDoNotCarryTheMappingIsFound) {
    map("dm-0", "web", kMapped + "web");
    map("dm-1", "web-hotzone-forward", kHelper + "web-hotzone-forward");
    const auto found = find();
    EXPECT_EQ(found.name, "web");
    EXPECT_EQ(found.hotzone, "web-hotzone-forward");
    EXPECT_FALSE(found.stands_on_overlay);
}

TEST_F(AVolumeInUse, ByTheRecoveryOfAKilledWorkerIsFound) {
    map("dm-0", "web", kMapped + "web");
    map("dm-3", "web-recovery", "GUESTKEYD-web-recovery");
    EXPECT_EQ(find().name, "web");
}

TEST_F(AVolumeInUse, ByNobodyIsRefused) {
    EXPECT_NE(refusal().find("is not open"), std::string::npos);
}

TEST_F(AVolumeInUse, ThroughTwoMappingsIsRefusedByTheirNames) {
    map("dm-0", "web", kMapped + "web");
    map("dm-1", "again", kMapped + "again");
    const auto message = refusal();
    EXPECT_NE(message.find("'web'"), std::string::npos) << message;
    EXPECT_NE(message.find("'again'"), std::string::npos) << message;
}

TEST_F(AVolumeInUse, ByAnotherDeviceIsRefusedByItsName) {
    map("dm-0", "vg-data", "LVM-abc");
    EXPECT_NE(refusal().find("'vg-data'"), std::string::npos);
}

TEST_F(AVolumeInUse, ByAMappingOfAnotherHeaderIsRefused) {
    map("dm-0", "web", "CRYPT-LUKS2-ffffffff111122223333444455556666-web");
    EXPECT_NE(refusal().find("'web'"), std::string::npos);
}

} // namespace
} // namespace guestkeyd::test
