// SPDX-License-Identifier: LGPL-2.1-or-later
#include "host/host_test.h"
#include "support/key_fd.h"
#include "support/project.h"

#include <gmock/gmock.h>

namespace guestkeyd::test {

namespace {

using testing::HasSubstr;

class Start : public HostTest {
  protected:
    void expect_refusal(const Finished& started, const std::string& sentence) const {
        EXPECT_NE(started.status, 0);
        EXPECT_THAT(started.error, HasSubstr(sentence));
        EXPECT_EQ(guest.state(), "shut off");
    }

    const LibvirtGuest guest{"starter"};
};

TEST_F(Start, TheGuestBootsFromItsEncryptedDisk) {
    attach(guest);
    const auto started = guest.start();
    EXPECT_EQ(started.status, 0) << started.error;
    EXPECT_TRUE(guest.boots());
    EXPECT_TRUE(comes_to_be(guest, kRunning));
    EXPECT_EQ(guest_property(root, guest.uuid(), "Name"), "\"starter\"");
    EXPECT_NE(guest_property(root, guest.uuid(), "LastUsed"), "0");
}

TEST_F(Start, IsRefusedWithoutTheKeyAndSaysWhichIsMissing) {
    const auto started = guest.start();
    expect_refusal(started, "no key of volume " + guest.volume() + " is here for guest 'starter' (" + guest.uuid());
}

TEST_F(Start, IsRefusedWhenAnotherGuestHasTheKey) {
    const auto other = uuid_of("some other guest");
    const auto answer =
        attach_keys(root, {other, {{guest.volume(), {}}}, {}, false}, pipe_with(LibvirtGuest::key())).answer();
    ASSERT_TRUE(answer.ok()) << answer;
    expect_refusal(guest.start(), "no key of volume " + guest.volume());
}

TEST_F(Start, IsRefusedWhileTheAgentIsDownAndSaysHowToStartIt) {
    attach(guest);
    agent.stop();
    expect_refusal(guest.start(), "systemctl start guestkeyd");
    agent.start();
}

TEST_F(Start, WorksAgainOnceTheKeyHasCome) {
    EXPECT_NE(guest.start().status, 0);
    start(guest);
}

TEST_F(Start, GoesOnWithAKeyThatOnlyTheManagementServerBringsWhenItHearsOfIt) {
    const TempDir keys;
    write_file(keys / guest.volume(), LibvirtGuest::key());
    write_file(keys / "output", "");
    const Process server(
        {{project_file("docs/management-server.py"), keys.path()}, {}, keys / "output", keys / "output"});
    ASSERT_TRUE(wait_until([&] { return read_file(keys / "output").find("ready") != std::string::npos; }));
    EXPECT_EQ(guests(), "{}");
    const auto started = guest.start();
    EXPECT_EQ(started.status, 0) << started.error << read_file(keys / "output");
    EXPECT_TRUE(guest.boots());
    EXPECT_EQ(signals.next("KeysNeeded").text, "\"" + guest.uuid() + "\", [\"" + guest.volume() + "\"], \"start\"");
}

TEST_F(Start, WithAWrongKeyFailsAndLeavesNoSecretBehind) {
    const auto answer =
        attach_keys(root, {guest.uuid(), {{guest.volume(), {}}}, {}, false}, pipe_with("wrong")).answer();
    ASSERT_TRUE(answer.ok()) << answer;
    expect_refusal(guest.start(), "cannot unlock");
    EXPECT_TRUE(wait_until([&] { return secrets_of_libvirt().empty(); }));
}

TEST_F(Start, TakesTheSecretBackOnceTheGuestRuns) {
    start(guest);
    EXPECT_TRUE(wait_until([&] { return secrets_of_libvirt().empty(); }));
    EXPECT_EQ(guest.state(), "running");
}

TEST_F(Start, UsesASecretThatLibvirtHasItselfAndLeavesItThere) {
    const LibvirtSecret secret(guest.volume(), LibvirtGuest::key());
    const auto started = guest.start();
    EXPECT_EQ(started.status, 0) << started.error;
    EXPECT_TRUE(guest.boots());
    EXPECT_THAT(secrets_of_libvirt(), HasSubstr(guest.volume()));
    EXPECT_EQ(manager_property(root, "GuestCount"), "0");
}

TEST_F(Start, OfAGuestWithoutSecretsNeedsNoAgent) {
    const LibvirtGuest plain{"plain", {.disk = Disk::None}};
    agent.stop();
    const auto started = plain.start();
    EXPECT_EQ(started.status, 0) << started.error;
    EXPECT_EQ(plain.state(), "running");
    agent.start();
}

TEST_F(Start, OfTwoGuestsAtOnceGivesEachItsOwnKey) {
    const LibvirtGuest other{"other"};
    attach(guest);
    attach(other);
    auto first = guest.start_in_background();
    auto second = other.start_in_background();
    EXPECT_EQ(first.wait(), 0);
    EXPECT_EQ(second.wait(), 0);
    EXPECT_TRUE(guest.boots());
    EXPECT_TRUE(other.boots());
}

} // namespace

} // namespace guestkeyd::test
