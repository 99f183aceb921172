// SPDX-License-Identifier: LGPL-2.1-or-later
// guestkeyctl -H.
#include "volume_bus_test.h"

#include "support/ssh_server.h"

namespace guestkeyd::test {

namespace {

// Two hosts with agents, "virt1" and "virt2", one without, and one that hangs.
class RemoteTools : public VolumeBusTest {
  protected:
    RemoteTools()
        : second_agent(second_bus.address()), second(second_bus.address()),
          ssh({{"virt1", SshServer::bridge_to(bus.address())},
               {"virt2", SshServer::bridge_to(second_bus.address())},
               {"agentless", SshServer::bridge_to(empty_bus.address())}}) {}

    void SetUp() override {
        write_file(at("key"), "a key from afar\n");
        write_file(at("old"), kOldKey + "\n");
    }
    // In the folder of the keys.
    [[nodiscard]] Finished guestkeyctl(const std::string& arguments) const {
        auto environment = ssh.environment();
        environment.emplace("DBUS_SYSTEM_BUS_ADDRESS", "unix:path=/nonexistent/socket");
        return run({"bash", "-c", "cd " + at("") + "; " GUESTKEYCTL_PROGRAM " " + arguments}, environment);
    }
    static bool holds(const std::string& text, const std::string& words) {
        return text.find(words) != std::string::npos;
    }
    void expect(const std::string& arguments, int status, const std::string& words) const {
        const auto finished = guestkeyctl(arguments);
        EXPECT_EQ(finished.status, status) << arguments << "\n" << finished.output << finished.error;
        EXPECT_TRUE(holds(finished.output + finished.error, words)) << arguments << "\n"
                                                                    << finished.output << finished.error;
    }

    PrivateBus second_bus;
    AgentProcess second_agent;
    Connection second;
    PrivateBus empty_bus;
    SshServer ssh;
};

TEST_F(RemoteTools, KeysOfAnotherHostAreAttachedListedAndWiped) {
    expect("-H root@virt1 attach " + guest + " " + volume + " --name=web --key-file=key", 0, "attached 1 key");
    EXPECT_EQ(agent.keys().payloads_of(guest), std::vector<std::string>{"a key from afar"});
    EXPECT_EQ(second_agent.keys().serials().size(), 0U);
    expect("-H root@virt1 show web", 0, guest);
    expect("--host=root@virt1 show web -j", 0, "[{\"host\":\"root@virt1\",\"uuid\":\"" + guest + "\"");
    expect("-H root@virt1 status", 0, "Keys: 1");
    expect("-H root@virt1 purge web", 0, "purged 1 key");
    EXPECT_EQ(agent.keys().serials().size(), 0U);
}

TEST_F(RemoteTools, VolumesOfAnotherHostAreMadeAndTested) {
    wait_for_libvirt();
    expect("-H virt1 volume create " + at("volume") + " --format=luks1 --size=8M --key-file=old", 0, "job 1 done");
    expect("-H virt1 volume test " + at("volume") + " --key-file=old", 0, "opens");
    expect("-H virt1 volume test ./volume --key-file=old", 2, "give a path that begins with /");
    expect("-H virt1,virt2 job list --no-legend", 0, "virt1 1 create");
}

TEST_F(RemoteTools, HostsAreListedInOneTable) {
    attach(guest, {volume});
    const auto listed = guestkeyctl("-H virt1,virt2 -H virt1 list");
    EXPECT_EQ(listed.status, 0) << listed.error;
    EXPECT_TRUE(listed.output.starts_with("HOST  UUID ")) << listed.output;
    EXPECT_TRUE(holds(listed.output, "\nvirt1 " + guest)) << listed.output;
    EXPECT_TRUE(holds(listed.output, "\n1 guest listed.")) << listed.output;
    const auto stated = guestkeyctl("-H virt1,virt2 status --no-legend");
    EXPECT_EQ(stated.status, 0) << stated.error;
    EXPECT_TRUE(stated.output.starts_with("virt1 ")) << stated.output;
    EXPECT_TRUE(holds(stated.output, "\nvirt2 ")) << stated.output;
    const auto json = guestkeyctl("-H virt1,virt2 status --json=short");
    EXPECT_TRUE(json.output.starts_with("[{\"host\":\"virt1\",")) << json.output;
    EXPECT_TRUE(holds(json.output, "},{\"host\":\"virt2\",")) << json.output;
}

TEST_F(RemoteTools, HostThatFailsDoesNotKeepTheOthersFromTheTable) {
    attach(guest, {volume});
    const auto listed = guestkeyctl("-H down,agentless,virt1,changed list");
    EXPECT_EQ(listed.status, 7);
    EXPECT_TRUE(holds(listed.output, "\nvirt1 " + guest)) << listed.output;
    for (const auto* words :
         {"guestkeyctl: down: nothing answers ssh there", "guestkeyctl: agentless: guestkeyd is not",
          "guestkeyctl: changed: its host key is not the one"})
        EXPECT_TRUE(holds(listed.error, words)) << listed.error;
    expect("-H changed,virt1 list", 12, "ssh-keygen -R changed");
}

TEST_F(RemoteTools, KeysAreSealedOnlyToTheCertificateThatIsGiven) {
    ASSERT_EQ(guestkeyctl("-H virt1 cert >virt1.pem").status, 0);
    ASSERT_EQ(guestkeyctl("-H virt2 cert >virt2.pem").status, 0);
    const auto push = "attach " + guest + " " + volume + " --key-file=key --recipient=";
    expect("-H virt1 " + push + "virt2.pem", 12, "virt1: its certificate is not the one that is expected");
    expect("-H virt1 " + push + "virt1.pem", 0, "attached 1 key");
    expect(push + "virt1.pem", 2, "name that with -H");
}

TEST_F(RemoteTools, WhatIsForOneHostAtATimeSaysSo) {
    expect("-H virt1,virt2 attach " + guest + " " + volume + " --key-file=key", 2, "for one host at a time");
    expect("-H virt1,,virt2 list", 2, "there is no host in 'virt1,,virt2'");
    expect("-H 'virt1 virt2' list", 2, "is no host");
}

} // namespace

} // namespace guestkeyd::test
