// SPDX-License-Identifier: LGPL-2.1-or-later
#include "bus_test.h"

#include "support/memory.h"
#include "support/sealed_calls.h"

namespace guestkeyd::test {

namespace {

// A key that is looked for everywhere where none may be. Put together at run time, so that no program text holds it.
// What is nowhere in the memory of a process is in no core of it either.
std::string make_canary() {
    std::string canary = "canary";
    for (int i = 0; i < 8; ++i)
        canary += "-" + uuid_of("canary " + std::to_string(i)).substr(0, 8);
    return canary;
}

class Canary : public BusTest {
  protected:
    Canary() : BusTest(AgentOptions{.limits = {{"KeyReadTimeoutSec", "3600"}}}) {}

    static bool holds(const std::string& content, const std::string& text) {
        return content.find(text) != std::string::npos;
    }
    void attach_by(const UniqueFd& keys, const std::string& to) const {
        const auto answer = attach_keys(root, {to, {{volume, {}}, {other_volume, {}}}, {}, false}, keys).answer();
        ASSERT_TRUE(answer.ok()) << answer;
    }
    void attach_by_envelope(const std::string& to) const {
        const auto certificate = text_returned(get_host_certificate(root));
        const EnvelopeText content{to, {{volume, canary}, {other_volume, canary}}};
        const auto answer = attach_sealed(root, seal_to(certificate, content)).answer();
        ASSERT_TRUE(answer.ok()) << answer;
        const auto refused = attach_sealed(root, seal_to(certificate, "guest " + canary + "\n")).answer();
        EXPECT_EQ(short_name(refused), "BadEnvelope");
        EXPECT_FALSE(holds(refused.message, canary)) << refused;
    }
    // Each way in, a refusal, a restart.
    void use_canary() {
        attach_by(pipe_with(lines), guest);
        attach_by(sealed_memfd(lines), other_guest);
        attach_by_envelope(guest);
        attach_by(has_secret_memory() ? secret_memfd(lines) : pipe_with(lines), kTestGuest);
        const auto refused = attach_keys(root, {guest, {{volume, {}}}, {}, false}, pipe_with(lines)).answer();
        EXPECT_EQ(short_name(refused), "InvalidArgs");
        EXPECT_FALSE(holds(refused.message, canary)) << refused;
        agent.kill9();
        agent.start();
        ASSERT_EQ(agent.keys().payloads_of(guest), (std::vector<std::string>{canary, canary}));
    }
    void purge() { EXPECT_EQ(purge_all(root).answer().text, "6"); }

    const std::string canary = make_canary();
    const std::string lines = canary + "\n" + canary + "\n";
};

// While it is being read it is in the agent's memory, where it is found, but not in what a core would hold.
TEST_F(Canary, IsLeftOutOfACoreWhileItIsRead) {
    auto pipe = make_pipe();
    const AttachArguments both{guest, {{volume, {}}, {other_volume, {}}}, {}, false};
    const auto pending = attach_keys(root, both, pipe.reading).start();
    write_all(pipe.writing, lines);
    ASSERT_TRUE(wait_until([this] { return is_in_memory(agent.pid(), canary); }));
    EXPECT_FALSE(is_in_core(agent.pid(), canary));
    pipe.writing.reset();
    EXPECT_TRUE(pending.wait().ok());
    EXPECT_FALSE(is_in_memory(agent.pid(), canary));
}

TEST_F(Canary, IsNotInWhatMonitorsOfTheBusSee) {
    const TempDir dir;
    write_file(dir / "pcap", "");
    Process monitor({{"dbus-monitor", "--address", bus.address(), "--pcap"}, {}, dir / "pcap", {}});
    ASSERT_TRUE(wait_until([&] {
        EXPECT_TRUE(managed_objects(root).answer().ok());
        return holds(read_file(dir / "pcap"), "GetManagedObjects");
    }));
    use_canary();
    purge();
    ASSERT_TRUE(wait_until([&] { return holds(read_file(dir / "pcap"), "PurgeAll"); }));
    monitor.end(SIGTERM);
    const auto capture = read_file(dir / "pcap");
    EXPECT_TRUE(holds(capture, "AttachKeys"));
    EXPECT_TRUE(holds(capture, "AttachSealed"));
    EXPECT_TRUE(holds(capture, volume));
    EXPECT_FALSE(holds(capture, canary));
}

TEST_F(Canary, IsNotInTheBusDaemonsMemory) {
    use_canary();
    EXPECT_TRUE(is_in_core(bus.pid(), "org.guestkeyd1"));
    EXPECT_FALSE(is_in_memory(bus.pid(), canary));
    EXPECT_FALSE(holds(bus.log(), canary));
}

TEST_F(Canary, IsNotInTheAgentsMemoryOnceItIsStored) {
    use_canary();
    attach_by(pipe_with(lines), guest);
    EXPECT_FALSE(is_in_memory(agent.pid(), canary));
    attach_by_envelope(guest);
    EXPECT_FALSE(is_in_memory(agent.pid(), canary));
}

TEST_F(Canary, IsNotInTheAgentsMemoryAfterPurge) {
    use_canary();
    attach_by(pipe_with(lines), guest);
    purge();
    EXPECT_TRUE(is_in_core(agent.pid(), "org.guestkeyd1"));
    EXPECT_FALSE(is_in_memory(agent.pid(), canary));
}

TEST_F(Canary, IsNotInTheAgentsLog) {
    use_canary();
    purge();
    EXPECT_TRUE(holds(agent.log(), guest));
    EXPECT_FALSE(holds(agent.log(), canary));
}

} // namespace

} // namespace guestkeyd::test
