// SPDX-License-Identifier: LGPL-2.1-or-later
// The agent is killed at each point at which a key is given to libvirt or taken back; tests/bus has the other points.
#include "base/fault_point.h"
#include "host/host_test.h"

namespace guestkeyd::test {

namespace {

class Death : public HostTest, public testing::WithParamInterface<std::string_view> {
  protected:
    // The start that killed the agent has failed, or has not. In any case the next one works.
    void expect_clean_start(const Finished& killing) {
        if (killing.status == 0) {
            EXPECT_TRUE(guest.boots());
            ASSERT_EQ(guest.destroy().status, 0);
            ASSERT_TRUE(wait_until([this] { return agent.keys().serials().empty(); }));
            attach(guest);
        }
        EXPECT_EQ(guest.state(), "shut off");
        const auto started = guest.start();
        EXPECT_EQ(started.status, 0) << started.error;
        EXPECT_TRUE(guest.boots());
    }

    const LibvirtGuest guest{"survivor"};
};

TEST_P(Death, LeavesNoSecretPublishedAndTheGuestStartsThen) {
    attach(guest);
    agent.faults().die_at(GetParam());
    const auto started = guest.start();
    ASSERT_TRUE(wait_until([this] { return agent.died(); })) << "no start comes to " << GetParam();
    agent.faults().none();
    agent.start();
    EXPECT_TRUE(hears_libvirt());
    EXPECT_EQ(secrets_of_libvirt(), "");
    EXPECT_EQ(agent.keys().payloads_of(guest.uuid()), std::vector<std::string>{LibvirtGuest::key()});
    expect_clean_start(started);
    EXPECT_TRUE(wait_until([] { return secrets_of_libvirt().empty(); }));
}

std::vector<std::string_view> points() {
    std::vector<std::string_view> all(kFaultPoints.begin(), kFaultPoints.end());
    std::erase_if(all, [](std::string_view point) { return !needs_libvirt_secrets(point); });
    return all;
}

INSTANTIATE_TEST_SUITE_P(At, Death, testing::ValuesIn(points()), name_of_point);

} // namespace

} // namespace guestkeyd::test
