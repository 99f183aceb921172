// SPDX-License-Identifier: LGPL-2.1-or-later
#include "host/host_test.h"

#include <csignal>
#include <gmock/gmock.h>

namespace guestkeyd::test {

namespace {

using testing::HasSubstr;
using testing::Not;

class Secrecy : public HostTest {
  protected:
    void attach_with_guestkeyctl() const {
        write_file(dir / "key", LibvirtGuest::key());
        const auto attached =
            run({GUESTKEYCTL_PROGRAM, "attach", guest.uuid(), guest.volume(), "--key-file=" + (dir / "key").string()});
        ASSERT_EQ(attached.status, 0) << attached.error;
    }

    // A life, from the arrival of the key to its wipe.
    void live() {
        attach_with_guestkeyctl();
        const auto started = guest.start();
        ASSERT_EQ(started.status, 0) << started.error;
        ASSERT_TRUE(guest.boots());
        ASSERT_EQ(guest.destroy().status, 0);
        (void)signals.next("KeysPurged");
    }

    // All memory of a process, also what it marked as not to be dumped; a sanitizer's shadow would not fit on any disk.
    [[nodiscard]] std::string memory_of(pid_t process) const {
#ifdef __SANITIZE_ADDRESS__
        const std::vector<std::string> gcore{"gcore"};
#else
        const std::vector<std::string> gcore{"gcore", "-a"};
#endif
        auto command = gcore;
        command.insert(command.end(), {"-o", dir / "core", std::to_string(process)});
        const auto dumped = run(command);
        EXPECT_EQ(dumped.status, 0) << dumped.error;
        return read_file(dir / ("core." + std::to_string(process)));
    }

    static bool holds_key(const std::string& memory) { return memory.find(LibvirtGuest::key()) != std::string::npos; }

    const TempDir dir;
    const LibvirtGuest guest{"secretive"};
};

TEST_F(Secrecy, ARootShellSeesNoKey) {
    attach(guest);
    const auto keys = agent.keys().keys_of(guest.uuid());
    ASSERT_EQ(keys.size(), 1U);
    EXPECT_NE(run({"keyctl", "pipe", std::to_string(keys.front())}).status, 0);
    EXPECT_NE(run({"keyctl", "link", std::to_string(keys.front()), "@s"}).status, 0);
    EXPECT_NE(run({"keyctl", "describe", std::to_string(keys.front())}).status, 0);
    for (const auto& shown : {run({"keyctl", "show", "@u"}), run({"keyctl", "show", "@s"}), run({"cat", "/proc/keys"})})
        EXPECT_THAT(shown.output, Not(HasSubstr(guest.uuid())));
}

TEST_F(Secrecy, TheKeyIsInNoMessageOnTheBus) {
    const auto capture = dir / "capture";
    Process monitor({{"dbus-monitor", "--system", "--pcap"}, {}, capture, {}});
    ASSERT_TRUE(wait_until([&] { return std::filesystem::exists(capture) && !read_file(capture).empty(); }));
    live();
    ASSERT_TRUE(wait_until([&] { return read_file(capture).find("KeysPurged") != std::string::npos; }));
    monitor.end(SIGTERM);
    const auto messages = read_file(capture);
    EXPECT_THAT(messages, HasSubstr("AttachKeys"));
    EXPECT_THAT(messages, HasSubstr("GuestHook"));
    EXPECT_FALSE(holds_key(messages));
}

TEST_F(Secrecy, TheKeyIsNotInTheMemoryOfTheBus) {
    live();
    const auto memory = memory_of(std::stoi(read_file("/run/dbus/pid")));
    EXPECT_NE(memory.find("org.guestkeyd1"), std::string::npos);
    EXPECT_FALSE(holds_key(memory));
}

TEST_F(Secrecy, TheKeyIsNotInTheMemoryOfTheAgentOnceItIsPurged) {
    live();
    const auto memory = memory_of(agent.pid());
    EXPECT_NE(memory.find(guest.uuid()), std::string::npos);
    EXPECT_FALSE(holds_key(memory));
}

TEST_F(Secrecy, TheKeyIsNotInTheLogOfTheAgent) {
    live();
    EXPECT_THAT(agent.log(), HasSubstr(guest.uuid()));
    EXPECT_FALSE(holds_key(agent.log()));
}

} // namespace

} // namespace guestkeyd::test
