// SPDX-License-Identifier: LGPL-2.1-or-later
#include "host/host_test.h"

#include <csignal>

namespace guestkeyd::test {

namespace {

// While nothing is heard of libvirt, guests are unknown, and unknown is not gone.
class Gap : public HostTest {
  protected:
    Gap() {
        start(runner);
        start(strict, {.wipe_on = "stopped"});
        attach(passer_by);
        EXPECT_EQ(passer_by.create().status, 0);
        EXPECT_TRUE(passer_by.boots());
        for (const auto* guest : {&runner, &strict, &passer_by})
            EXPECT_TRUE(comes_to_be(*guest, kRunning));
    }

    void expect_all_unknown_and_kept() {
        for (const auto* guest : {&runner, &strict, &passer_by})
            EXPECT_TRUE(comes_to_be(*guest, kUnknown));
        EXPECT_EQ(agent.keys().keys_of().size(), 3U);
    }
    void kill_all() const {
        for (const auto* guest : {&runner, &strict, &passer_by})
            ASSERT_EQ(kill(guest->qemu(), SIGKILL), 0);
    }
    // Only what can be started again has its keys.
    void expect_judged() {
        EXPECT_TRUE(comes_to_be(runner, kPresent));
        EXPECT_TRUE(wait_until([this] { return agent.keys().keys_of().size() == 1; }));
        EXPECT_EQ(agent.keys().keys_of(runner.uuid()).size(), 1U);
        EXPECT_EQ(runner.start().status, 0);
        EXPECT_TRUE(comes_to_be(runner, kRunning));
    }

    const LibvirtGuest runner{"runner"};
    const LibvirtGuest strict{"strict"};
    const LibvirtGuest passer_by{"passer-by", {.defined = false}};
};

TEST_F(Gap, OfTheAgentIsMadeGood) {
    agent.kill9();
    kill_all();
    agent.start();
    expect_judged();
}

TEST_F(Gap, OfAStoppedLibvirtdIsMadeGood) {
    libvirtd("stop");
    expect_all_unknown_and_kept();
    kill_all();
    libvirtd("start");
    expect_judged();
}

TEST_F(Gap, OfAKilledLibvirtdIsMadeGood) {
    libvirtd("kill");
    expect_all_unknown_and_kept();
    kill_all();
    libvirtd("start");
    expect_judged();
}

TEST_F(Gap, OfBothIsMadeGood) {
    libvirtd("kill");
    agent.kill9();
    kill_all();
    agent.start();
    expect_all_unknown_and_kept();
    libvirtd("start");
    expect_judged();
}

TEST_F(Gap, OfAFrozenLibvirtdIsNoticedAndMadeGood) {
    const auto libvirtd = libvirtd_pid();
    ASSERT_EQ(kill(libvirtd, SIGSTOP), 0);
    expect_all_unknown_and_kept();
    kill_all();
    expect_all_unknown_and_kept();
    ASSERT_EQ(kill(libvirtd, SIGCONT), 0);
    expect_judged();
}

} // namespace

} // namespace guestkeyd::test
