// SPDX-License-Identifier: LGPL-2.1-or-later
#include "bus_test.h"

#include <fstream>

namespace guestkeyd::test {

namespace {

class Objects : public BusTest {};

TEST_F(Objects, ManagerTellsItsVersionAndCounts) {
    attach(guest, {volume, other_volume});
    attach(other_guest, {volume});
    EXPECT_EQ(manager_property(root, "Version"), "\"" PROJECT_VERSION "\"");
    const auto boot = read_file("/proc/sys/kernel/random/boot_id");
    EXPECT_EQ(manager_property(root, "BootId"), "\"" + boot.substr(0, boot.find('\n')) + "\"");
    EXPECT_EQ(manager_property(root, "GuestCount"), "2");
    EXPECT_EQ(manager_property(root, "KeyCount"), "3");
    wait_for_libvirt();
}

// Other tests use root's quota meanwhile, so what these keys add is all that can be known.
TEST_F(Objects, ManagerTellsTheKernelsQuota) {
    std::ifstream file("/proc/sys/kernel/keys/root_maxbytes");
    std::string max;
    file >> max;
    EXPECT_EQ(manager_property(root, "QuotaMax"), max);
    attach(guest, {volume});
    EXPECT_GT(std::stoull(manager_property(root, "QuotaUsed")), 0U);
}

TEST_F(Objects, AreListedByTheObjectManager) {
    attach(guest, {volume});
    attach(other_guest, {volume});
    const auto listed = managed_objects(root).answer();
    EXPECT_NE(listed.text.find("\"" + guest_path(guest) + "\": {"), std::string::npos) << listed;
    EXPECT_NE(listed.text.find("\"" + guest_path(other_guest) + "\": {"), std::string::npos) << listed;
    EXPECT_NE(listed.text.find("\"Uuid\": \"" + guest + "\""), std::string::npos) << listed;
}

TEST_F(Objects, AppearWithAllTheirProperties) {
    Signals signals(root);
    attach(guest, {volume});
    const auto added = signals.next("InterfacesAdded");
    EXPECT_EQ(added.path, kManagerPath);
    EXPECT_TRUE(added.text.starts_with("\"" + guest_path(guest) + "\"")) << added.text;
    for (const auto* property :
         {"Uuid", "Name", "State", "Volumes", "LeaseExpires", "Generation", "WipeOn", "LastUsed"})
        EXPECT_NE(added.text.find("\"" + std::string(property) + "\": "), std::string::npos) << added.text;
}

TEST_F(Objects, OfTheManagerChangeWithEachGuest) {
    Signals signals(root);
    attach(guest, {volume});
    const auto changed = [&](const std::string& counts) {
        const auto signal = signals.next("PropertiesChanged");
        return signal.path == kManagerPath && signal.text.find(counts) != std::string::npos;
    };
    EXPECT_TRUE(wait_until([&] { return changed("\"GuestCount\": 1, \"KeyCount\": 1"); }));
    EXPECT_TRUE(purge_guest(root, guest).answer().ok());
    EXPECT_TRUE(wait_until([&] { return changed("\"GuestCount\": 0, \"KeyCount\": 0"); }));
}

TEST_F(Objects, OfAGuestChangeWithItsVolumes) {
    attach(guest, {volume});
    Signals signals(root);
    attach(guest, {other_volume});
    EXPECT_TRUE(wait_until([&] {
        const auto signal = signals.next("PropertiesChanged");
        return signal.path == guest_path(guest) && signal.text.find(other_volume) != std::string::npos;
    }));
}

TEST_F(Objects, OfGuestsThatAreNotHereDoNotExist) {
    EXPECT_EQ(short_name(get_all(root, guest_path(guest), kGuestInterface).answer()), "UnknownObject");
    attach(guest, {volume});
    EXPECT_TRUE(get_all(root, guest_path(guest), kGuestInterface).answer().ok());
    EXPECT_TRUE(purge_guest(root, guest).answer().ok());
    EXPECT_EQ(short_name(get_all(root, guest_path(guest), kGuestInterface).answer()), "UnknownObject");
}

TEST_F(Objects, TellNothingToUsersTheBusPolicyDoesNotName) {
    Signals signals(nobody);
    attach(guest, {volume});
    EXPECT_TRUE(purge_guest(root, guest).answer().ok());
    EXPECT_EQ(signals.so_far().size(), 0U);
}

class Check : public BusTest {};

TEST_F(Check, OfAGuestWithoutSecretsIsReady) {
    wait_for_libvirt();
    const auto answer = check_guest(root, kTestGuest).answer();
    EXPECT_EQ(answer.text, "true, []") << answer;
}

TEST_F(Check, OfAGuestThatLibvirtDoesNotKnowSaysSo) {
    wait_for_libvirt();
    EXPECT_EQ(check_guest(root, guest).answer().error, "org.guestkeyd1.Error.NoSuchGuest");
}

TEST_F(Check, MayBeUnderWayWhenTheAgentIsToldToEnd) {
    wait_for_libvirt();
    std::vector<Pending> waiting;
    waiting.reserve(100);
    for (int i = 0; i < 100; ++i)
        waiting.push_back(check_guest(root, kTestGuest).start());
    agent.stop();
    agent.start();
    EXPECT_EQ(manager_property(root, "KeyCount"), "0");
}

} // namespace

} // namespace guestkeyd::test
