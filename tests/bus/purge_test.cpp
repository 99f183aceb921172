// SPDX-License-Identifier: LGPL-2.1-or-later
#include "bus_test.h"

namespace guestkeyd::test {

namespace {

class Purge : public BusTest {
  protected:
    // The keys there were, each of which must then be gone.
    static void expect_gone(const std::vector<Serial>& serials) {
        for (const auto serial : serials)
            EXPECT_TRUE(is_gone(serial)) << "key " << serial;
    }
};

TEST_F(Purge, OfAGuestWipesItsKeysAndNoOthers) {
    attach(guest, {volume, other_volume});
    attach(other_guest, {volume});
    const auto wiped = agent.keys().keys_of(guest);
    ASSERT_EQ(wiped.size(), 2U);
    const auto answer = purge_guest(root, guest).answer();
    EXPECT_EQ(answer.text, "2") << answer;
    expect_gone(wiped);
    EXPECT_EQ(agent.keys().payloads_of(other_guest), std::vector<std::string>{"key of " + volume});
    EXPECT_EQ(manager_property(root, "GuestCount"), "1");
    EXPECT_EQ(manager_property(root, "KeyCount"), "1");
}

TEST_F(Purge, OfAllLeavesNothingBelowTheAnchor) {
    attach(guest, {volume, other_volume});
    attach(other_guest, {volume});
    attach(kTestGuest, {volume, other_volume});
    const auto wiped = agent.keys().serials();
    const auto answer = purge_all(root).answer();
    EXPECT_EQ(answer.text, "5") << answer;
    expect_gone(wiped);
    EXPECT_EQ(agent.keys().serials().size(), 0U);
    EXPECT_EQ(manager_property(root, "GuestCount"), "0");
}

TEST_F(Purge, OfAllCanBeForcedToo) {
    attach(guest, {volume});
    Call all(root, {kManagerPath, kManagerInterface, "PurgeAll"});
    EXPECT_EQ(all.with("a{sv}", 1, "force", "b", 1).answer().text, "1");
}

TEST_F(Purge, OfAllOnAnEmptyHostWipesNothing) {
    EXPECT_EQ(purge_all(root).answer().text, "0");
}

TEST_F(Purge, ByTheGuestObjectIsTheSame) {
    attach(guest, {volume});
    const auto wiped = agent.keys().keys_of(guest);
    const auto answer = Call(root, {guest_path(guest), kGuestInterface, "Purge"}).with("a{sv}", 0).answer();
    EXPECT_EQ(answer.text, "1") << answer;
    expect_gone(wiped);
}

TEST_F(Purge, TellsWhoListens) {
    attach(guest, {volume});
    Signals signals(root);
    EXPECT_TRUE(purge_guest(root, guest).answer().ok());
    EXPECT_EQ(signals.next("KeysPurged").text, "\"" + guest + "\", [\"" + volume + "\"], \"requested\"");
    const auto removed = signals.next("InterfacesRemoved");
    EXPECT_EQ(removed.path, kManagerPath);
    EXPECT_NE(removed.text.find("\"" + guest_path(guest) + "\""), std::string::npos) << removed.text;
    EXPECT_NE(removed.text.find(kGuestInterface), std::string::npos) << removed.text;
}

TEST_F(Purge, OfARunningGuestIsRefusedWithoutForce) {
    attach(kTestGuest, {volume, other_volume});
    const auto before = state();
    for (const auto& answer :
         {purge_guest(root, kTestGuest).answer(), detach_keys(root, kTestGuest, {volume}).answer()})
        EXPECT_EQ(answer.error, "org.guestkeyd1.Error.Busy") << answer;
    EXPECT_EQ(state(), before);
    EXPECT_EQ(detach_keys(root, kTestGuest, {volume}, Force::Yes).answer().error, "");
    EXPECT_EQ(purge_guest(root, kTestGuest, Force::Yes).answer().text, "1");
}

TEST_F(Purge, OfAnUnknownGuestSaysSo) {
    const auto answer = purge_guest(root, guest).answer();
    EXPECT_EQ(answer.error, "org.guestkeyd1.Error.NoSuchGuest");
    EXPECT_NE(answer.message.find(guest), std::string::npos) << answer;
}

class Detach : public Purge {};

TEST_F(Detach, WipesTheKeysOfTheVolumesNamed) {
    attach(guest, {volume, other_volume});
    Signals signals(root);
    const auto answer = detach_keys(root, guest, {volume}).answer();
    EXPECT_TRUE(answer.ok()) << answer;
    EXPECT_EQ(agent.keys().payloads_of(guest), std::vector<std::string>{"key of " + other_volume});
    EXPECT_EQ(signals.next("KeysPurged").text, "\"" + guest + "\", [\"" + volume + "\"], \"requested\"");
}

TEST_F(Detach, OfTheLastVolumeForgetsTheGuest) {
    attach(guest, {volume});
    EXPECT_TRUE(detach_keys(root, guest, {volume}).answer().ok());
    EXPECT_EQ(manager_property(root, "GuestCount"), "0");
    EXPECT_EQ(agent.keys().serials().size(), 0U);
}

TEST_F(Detach, OfAVolumeThatIsNotThereDetachesNone) {
    attach(guest, {volume});
    const auto answer = detach_keys(root, guest, {volume, other_volume}).answer();
    EXPECT_EQ(answer.error, "org.guestkeyd1.Error.NoSuchVolume");
    EXPECT_NE(answer.message.find(other_volume), std::string::npos) << answer;
    EXPECT_EQ(agent.keys().keys_of(guest).size(), 1U);
}

TEST_F(Detach, OfAnUnknownGuestSaysSo) {
    EXPECT_EQ(detach_keys(root, guest, {volume}).answer().error, "org.guestkeyd1.Error.NoSuchGuest");
}

TEST_F(Detach, OfNoVolumeIsRefused) {
    attach(guest, {volume});
    EXPECT_EQ(short_name(detach_keys(root, guest, {}).answer()), "InvalidArgs");
    EXPECT_EQ(agent.keys().keys_of(guest).size(), 1U);
}

} // namespace

} // namespace guestkeyd::test
