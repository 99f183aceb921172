// SPDX-License-Identifier: LGPL-2.1-or-later
#include "base/error.h"
#include "keyring/kernel_keyring.h"
#include "keyring/quota.h"
#include "support/anchor_keys.h"

#include <algorithm>
#include <gtest/gtest.h>

namespace guestkeyd {
namespace {

class KeyringOfAnAgent : public testing::Test {
  protected:
    [[nodiscard]] KernelKeyring enter() const { return KernelKeyring(Anchor::enter(anchor_.uid())); }

    static std::vector<std::string> descriptions(KernelKeyring& keyring) {
        std::vector<std::string> all;
        keyring.for_each([&](const FoundKey& found) { all.push_back(found.description); });
        std::sort(all.begin(), all.end());
        return all;
    }

  private:
    const test::AnchorKeys anchor_;
};

TEST_F(KeyringOfAnAgent, KeepsWhatItIsGiven) {
    auto keyring = enter();
    const auto key = keyring.add("a; key: with marks", "payload");
    EXPECT_EQ(keyring.read(key).view(), "payload");
    EXPECT_EQ(descriptions(keyring), std::vector<std::string>{"a; key: with marks"});
}

TEST_F(KeyringOfAnAgent, OutlivesTheObject) {
    KernelKey key;
    {
        auto keyring = enter();
        key = keyring.add("kept", "payload");
    }
    auto again = enter();
    EXPECT_EQ(descriptions(again), std::vector<std::string>{"kept"});
    EXPECT_EQ(again.read(key).view(), "payload");
}

TEST_F(KeyringOfAnAgent, AnUpdateReplacesThePayload) {
    auto keyring = enter();
    const auto key = keyring.add("updated", "before");
    keyring.update(key, "after");
    EXPECT_EQ(keyring.read(key).view(), "after");
}

TEST_F(KeyringOfAnAgent, APurgedKeyIsGoneByItsSerial) {
    auto keyring = enter();
    const auto key = keyring.add("purged", "payload");
    keyring.purge(key);
    EXPECT_TRUE(test::is_gone(key.serial));
    EXPECT_TRUE(descriptions(keyring).empty());
    EXPECT_THROW(keyring.read(key), Failure);
    EXPECT_NO_THROW(keyring.purge(key));
}

TEST_F(KeyringOfAnAgent, ALongKeyFits) {
    auto keyring = enter();
    const std::string longest(4096, 'k');
    EXPECT_EQ(keyring.read(keyring.add("long", longest)).view(), longest);
}

TEST(KeyQuota, IsRootsAndGrowsWithItsKeys) {
    const test::AnchorKeys anchor;
    KernelKeyring keyring(Anchor::enter(anchor.uid()));
    const auto before = read_key_quota();
    keyring.add("big", std::string(30000, 'x'));
    const auto after = read_key_quota();
    EXPECT_GT(after.bytes, before.bytes);
    EXPECT_GT(after.max_bytes, 0U);
    EXPECT_LE(after.fullness(), 1.0);
}

TEST(AnchorUser, IsFoundByNameOrNumber) {
    EXPECT_EQ(resolve_user("root"), 0U);
    EXPECT_EQ(resolve_user("61234"), 61234U);
    try {
        resolve_user("no-such-user");
        FAIL() << "was found";
    } catch (const Failure& failure) {
        EXPECT_NE(failure.message().find("no user 'no-such-user'"), std::string::npos);
    }
}

} // namespace
} // namespace guestkeyd
