// SPDX-License-Identifier: LGPL-2.1-or-later
#include "host/host_test.h"
#include "support/key_fd.h"

namespace guestkeyd::test {

namespace {

class Wipe : public HostTest {
  protected:
    // The guest runs, and these are its keys in the kernel.
    std::vector<Serial> keys_of_running_guest() {
        start(guest);
        auto keys = agent.keys().keys_of(guest.uuid());
        EXPECT_EQ(keys.size(), 1U);
        return keys;
    }

    void expect_wiped(const std::vector<Serial>& keys, const std::string& reason) {
        EXPECT_EQ(signals.next("KeysPurged").text,
                  "\"" + guest.uuid() + "\", [\"" + guest.volume() + "\"], \"" + reason + "\"");
        for (const auto key : keys)
            EXPECT_TRUE(wait_until([key] { return is_gone(key); }));
        EXPECT_TRUE(agent.keys().serials().empty());
        EXPECT_EQ(manager_property(root, "GuestCount"), "0");
    }

    const LibvirtGuest guest{"leaver"};
};

TEST_F(Wipe, DestroyedGuestLosesItsKeys) {
    const auto keys = keys_of_running_guest();
    ASSERT_EQ(guest.destroy().status, 0);
    expect_wiped(keys, "destroyed");
    EXPECT_NE(guest.start().status, 0);
}

TEST_F(Wipe, DestroyedGuestLosesEveryKey) {
    const auto other = uuid_of("its other volume");
    const auto answer = attach_keys(root, {guest.uuid(), {{other, {}}}, {}, false}, pipe_with("other")).answer();
    ASSERT_TRUE(answer.ok()) << answer;
    start(guest);
    const auto keys = agent.keys().keys_of(guest.uuid());
    ASSERT_EQ(keys.size(), 2U);
    ASSERT_EQ(guest.destroy().status, 0);
    (void)signals.next("KeysPurged");
    for (const auto key : keys)
        EXPECT_TRUE(wait_until([key] { return is_gone(key); }));
}

TEST_F(Wipe, PurgeOfARunningGuestNeedsForce) {
    const auto keys = keys_of_running_guest();
    EXPECT_TRUE(comes_to_be(guest, kRunning));
    EXPECT_EQ(short_name(purge_guest(root, guest.uuid()).answer()), "Busy");
    EXPECT_EQ(agent.keys().keys_of(guest.uuid()), keys);
    EXPECT_EQ(purge_guest(root, guest.uuid(), Force::Yes).answer().text, "1");
    expect_wiped(keys, "requested");
    EXPECT_EQ(guest.state(), "running");
}

} // namespace

} // namespace guestkeyd::test
