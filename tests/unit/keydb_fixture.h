// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "base/error.h"
#include "keydb/key_database.h"
#include "support/temp_dir.h"

#include <functional>
#include <gtest/gtest.h>

namespace guestkeyd::keydb {

// A key database in a folder of its own, which a key file opens.
class KeydbTest : public testing::Test {
  protected:
    KeyDatabase make() const { return KeyDatabase::make(file, {ProtectedBy::KeyFile, "/key"}, secret()); }
    KeyDatabase open() const {
        KeyDatabase database(file);
        database.unlock(secret());
        return database;
    }
    [[nodiscard]] static SecretBuffer secret() { return SecretBuffer::copy_of("what is in the key file"); }
    [[nodiscard]] static HostRecord host(const std::string& name) {
        HostRecord record;
        record.name = name;
        record.uri = "qemu:///system";
        record.certificate = "certificate of " + name;
        return record;
    }
    [[nodiscard]] VolumeRecord volume(const VolumeId& id, const std::string& path) const {
        VolumeRecord record{0, id, "here"};
        record.place.path = path;
        record.format = "luks1";
        return record;
    }

    test::TempDir dir;
    const std::filesystem::path file = dir / "guestkey/keys.db";
    const VolumeId disk = VolumeId::parse("9d2c3a52-54fb-4a2e-8c3a-6f1f1f1be2a7");
    const VolumeId data = VolumeId::parse("9d2c3a52-54fb-4a2e-8c3a-6f1f1f1be2a8");
    const GuestId guest = GuestId::parse("3b0a6e2c-5a0f-4c55-9a3e-0f6b0a7d1c42");
};

// What the failure of the call is, or a test that fails.
inline Failure failure_of(const std::function<void()>& call) {
    try {
        call();
    } catch (const Failure& failure) {
        return failure;
    }
    ADD_FAILURE() << "nothing failed";
    return {ErrorCode::Internal, ""};
}

} // namespace guestkeyd::keydb
