// SPDX-License-Identifier: LGPL-2.1-or-later
#include "bus_test.h"

namespace guestkeyd::test {

namespace {

constexpr auto kDenied = "org.freedesktop.DBus.Error.AccessDenied";

// What the bus itself refuses, before the agent hears of it; polkit would say yes to everything.
class BusPolicy : public BusTest {
  protected:
    void SetUp() override { polkit->answer(PolkitAnswer::Allow); }

    static Answer request_name(const Connection& caller) {
        Call call(caller, {"/org/freedesktop/DBus", "org.freedesktop.DBus", "RequestName"}, "org.freedesktop.DBus");
        return call.with("su", "org.guestkeyd1", 0U).answer();
    }
};

TEST_F(BusPolicy, LetsOnlyRootBeTheAgent) {
    EXPECT_EQ(request_name(nobody).error, kDenied);
}

TEST_F(BusPolicy, LetsOnlyRootCallTheHook) {
    const auto xml = sealed_memfd("<domain/>");
    Call call(nobody, {kManagerPath, kManagerInterface, "GuestHook"});
    EXPECT_EQ(call.with("ssssh", guest.c_str(), "prepare", "begin", "-", xml.get()).answer().error, kDenied);
    EXPECT_EQ(polkit->checks().size(), 0U);
}

TEST_F(BusPolicy, LetsNoCallPassThatItDoesNotName) {
    for (const auto* caller : {&root, &nobody}) {
        EXPECT_EQ(Call(*caller, {kManagerPath, kManagerInterface, "NoSuchMethod"}).answer().error, kDenied);
        EXPECT_EQ(Call(*caller, {kManagerPath, "org.guestkeyd1.NoSuchInterface", "Cancel"}).answer().error, kDenied);
        EXPECT_EQ(Call(*caller, {kManagerPath, "", "PurgeAll"}).with("a{sv}", 0).answer().error, kDenied);
    }
}

// The policy speaks of names; this is the agent's other one, which it does not know.
TEST_F(BusPolicy, HoldsForTheAgentsUniqueNameToo) {
    const auto unique = root.owner_of("org.guestkeyd1");
    const Member hook{kManagerPath, kManagerInterface, "GuestHook"};
    const auto xml = sealed_memfd("<domain/>");
    Call call(nobody, hook, unique.c_str());
    EXPECT_EQ(call.with("ssssh", guest.c_str(), "prepare", "begin", "-", xml.get()).answer().error, kDenied);
    EXPECT_EQ(Call(nobody, {kManagerPath, kManagerInterface, "NoSuchMethod"}, unique.c_str()).answer().error, kDenied);
}

// A caller may have connected as one user and run as another: what counts is who connected.
TEST_F(BusPolicy, GoesByTheUserWhoConnected) {
    polkit->answer(PolkitAnswer::Deny);
    EXPECT_EQ(nobody.process_of(nobody.unique_name()), getpid());
    EXPECT_EQ(purge_all(nobody).answer().error, kDenied);
    EXPECT_EQ(polkit->checks().size(), 1U);
}

TEST_F(BusPolicy, LetsEveryoneAskWhetherTheAgentIsThere) {
    polkit.reset();
    EXPECT_TRUE(Call(nobody, {kManagerPath, "org.freedesktop.DBus.Peer", "Ping"}).answer().ok());
}

} // namespace

} // namespace guestkeyd::test
