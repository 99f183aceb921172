// SPDX-License-Identifier: LGPL-2.1-or-later
#include "host/host_test.h"

#include <csignal>

namespace guestkeyd::test {

namespace {

class Restart : public HostTest {
  protected:
    // One guest that runs and one that is off.
    Restart() {
        start(runner);
        attach(sleeper);
        EXPECT_TRUE(comes_to_be(runner, kRunning));
        EXPECT_TRUE(comes_to_be(sleeper, kPresent));
    }

    const LibvirtGuest runner{"runner"};
    const LibvirtGuest sleeper{"sleeper"};
};

TEST_F(Restart, OfAKilledAgentListsTheSameGuestsVolumesAndProperties) {
    const auto before = guests();
    const auto keys = agent.keys().keys_of();
    agent.kill9();
    agent.start();
    EXPECT_TRUE(wait_until([&] { return guests() == before; })) << "before:\n" << before << "\nnow:\n" << guests();
    EXPECT_EQ(agent.keys().keys_of(), keys);
    EXPECT_EQ(runner.state(), "running");
}

TEST_F(Restart, OfAStoppedAgentListsTheSame) {
    const auto before = guests();
    agent.restart();
    EXPECT_TRUE(wait_until([&] { return guests() == before; })) << "before:\n" << before << "\nnow:\n" << guests();
}

TEST_F(Restart, OfTheAgentLetsGuestsStartAsBefore) {
    agent.kill9();
    agent.start();
    EXPECT_TRUE(hears_libvirt());
    const auto started = sleeper.start();
    EXPECT_EQ(started.status, 0) << started.error;
    EXPECT_TRUE(sleeper.boots());
}

TEST_F(Restart, OfTheAgentMakesGoodWhatItMissed) {
    agent.kill9();
    ASSERT_EQ(runner.destroy().status, 0);
    ASSERT_EQ(sleeper.undefine().status, 0);
    agent.start();
    EXPECT_TRUE(wait_until([&] { return agent.keys().serials().empty(); }));
    EXPECT_EQ(guests(), "{}");
}

TEST_F(Restart, OfLibvirtdKeepsKeysAndStates) {
    const auto before = guests();
    libvirtd("restart");
    EXPECT_TRUE(hears_libvirt());
    EXPECT_TRUE(wait_until([&] { return guests() == before; })) << "before:\n" << before << "\nnow:\n" << guests();
    EXPECT_EQ(runner.state(), "running");
}

TEST_F(Restart, OfLibvirtdLetsAGuestStartAtOnce) {
    libvirtd("restart");
    const auto started = sleeper.start();
    EXPECT_EQ(started.status, 0) << started.error;
    EXPECT_TRUE(sleeper.boots());
}

TEST_F(Restart, OfLibvirtdIsNoticedSoThatGuestsStartAndAreWipedAsBefore) {
    libvirtd("restart");
    EXPECT_TRUE(hears_libvirt());
    const auto started = sleeper.start();
    EXPECT_EQ(started.status, 0) << started.error;
    EXPECT_TRUE(sleeper.boots());
    ASSERT_EQ(runner.destroy().status, 0);
    EXPECT_TRUE(wait_until([&] { return agent.keys().keys_of(runner.uuid()).empty(); }));
    EXPECT_EQ(agent.keys().keys_of(sleeper.uuid()).size(), 1U);
}

TEST_F(Restart, OfLibvirtdMakesGoodWhatWasMissed) {
    libvirtd("stop");
    EXPECT_TRUE(comes_to_be(runner, kUnknown));
    EXPECT_EQ(agent.keys().keys_of().size(), 2U);
    ASSERT_EQ(kill(runner.qemu(), SIGKILL), 0);
    libvirtd("start");
    EXPECT_TRUE(comes_to_be(runner, kPresent));
    EXPECT_TRUE(comes_to_be(sleeper, kPresent));
}

} // namespace

} // namespace guestkeyd::test
