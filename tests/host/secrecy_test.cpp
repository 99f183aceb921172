// SPDX-License-Identifier: LGPL-2.1-or-later
#include "host/host_test.h"
#include "support/memory.h"

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

    static bool holds_key(const std::string& text) { return text.find(LibvirtGuest::key()) != std::string::npos; }

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

// More than a core of them would hold: also what is left out of cores.
TEST_F(Secrecy, TheKeyIsNotInTheMemoryOfTheBus) {
    live();
    const auto bus = std::stoi(read_file("/run/dbus/pid"));
    EXPECT_TRUE(is_in_memory(bus, "org.guestkeyd1"));
    EXPECT_FALSE(is_in_memory(bus, LibvirtGuest::key()));
}

TEST_F(Secrecy, TheKeyIsNotInTheMemoryOfTheAgentOnceItIsPurged) {
    live();
    EXPECT_TRUE(is_in_memory(agent.pid(), guest.uuid()));
    EXPECT_FALSE(is_in_memory(agent.pid(), LibvirtGuest::key()));
}

TEST_F(Secrecy, TheKeyIsNotInTheLogOfTheAgent) {
    live();
    EXPECT_THAT(agent.log(), HasSubstr(guest.uuid()));
    EXPECT_FALSE(holds_key(agent.log()));
}

} // namespace

} // namespace guestkeyd::test
