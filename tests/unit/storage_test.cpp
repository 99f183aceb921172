// SPDX-License-Identifier: LGPL-2.1-or-later
#include "guests/storage_calls.h"

#include <gtest/gtest.h>

namespace guestkeyd {
namespace {

// libvirt's driver for tests has the pool default-pool, which is a folder, and keeps volumes in memory.
class AStoragePool : public testing::Test {
  protected:
    ErrorCode refusal_of_path(const PoolVolume& volume) {
        try {
            path_of(connection_.get(), volume);
        } catch (const Failure& failure) {
            return failure.code();
        }
        ADD_FAILURE() << "was found";
        return ErrorCode::Internal;
    }

    const VirConnection connection_{virConnectOpen("test:///default")};
    const PoolVolume volume_{"default-pool", "web1 & <co>"};
};

TEST_F(AStoragePool, MakesTellsAndDeletesVolumes) {
    EXPECT_EQ(existing_path_of(connection_.get(), volume_), std::nullopt);
    const auto path = create_in_pool(connection_.get(), volume_, 1 << 20);
    EXPECT_EQ(path, "/default-pool/web1 & <co>");
    EXPECT_EQ(path_of(connection_.get(), volume_), path);
    refresh_pool(connection_.get(), volume_.pool);
    delete_from_pool(connection_.get(), volume_);
    EXPECT_EQ(existing_path_of(connection_.get(), volume_), std::nullopt);
    delete_from_pool(connection_.get(), volume_); // gone already
}

TEST_F(AStoragePool, TakesNoSpaceForAFile) {
    create_in_pool(connection_.get(), volume_, 1 << 20);
    const VirStoragePool pool(virStoragePoolLookupByName(connection_.get(), volume_.pool.c_str()));
    const VirStorageVolume volume(virStorageVolLookupByName(pool.get(), volume_.name.c_str()));
    virStorageVolInfo info{};
    ASSERT_EQ(virStorageVolGetInfo(volume.get(), &info), 0);
    EXPECT_EQ(info.capacity, 1U << 20);
    EXPECT_EQ(info.allocation, 0U);
    delete_from_pool(connection_.get(), volume_);
}

TEST_F(AStoragePool, ThatIsNotThereHasNoVolumes) {
    EXPECT_EQ(refusal_of_path({"no-pool", "web1"}), ErrorCode::NoSuchVolume);
    EXPECT_EQ(refusal_of_path({"default-pool", "no-volume"}), ErrorCode::NoSuchVolume);
}

TEST_F(AStoragePool, KnowsNoGuestOfAPathThatNoneUses) {
    EXPECT_EQ(guests_using(connection_.get(), "/nonexistent/volume"), std::vector<std::string>());
}

} // namespace
} // namespace guestkeyd
