// SPDX-License-Identifier: LGPL-2.1-or-later
#include "bus_test.h"

namespace guestkeyd::test {

namespace {

struct FdKind {
    const char* name;
    UniqueFd (*make)(std::string_view content);
};

std::vector<FdKind> fd_kinds() {
    std::vector<FdKind> kinds{{"Pipe", &pipe_with}, {"SealedMemfd", &sealed_memfd}};
    if (has_secret_memory())
        kinds.push_back({"SecretMemfd", &secret_memfd});
    return kinds;
}

class AttachByFd : public BusTest, public testing::WithParamInterface<FdKind> {};
class Attach : public BusTest {};

TEST_P(AttachByFd, StoresOneKeyALine) {
    const AttachArguments both{guest, {{volume, {}}, {other_volume, {}}}, {}, false};
    const auto answer = attach_keys(root, both, GetParam().make("first\nsecond\n")).answer();
    EXPECT_TRUE(answer.ok()) << answer;
    EXPECT_EQ(manager_property(root, "KeyCount"), "2");
    EXPECT_EQ(agent.keys().payloads_of(guest), (std::vector<std::string>{"first", "second"}));
}

TEST_P(AttachByFd, NeedsNoNewlineAfterTheLastKey) {
    const auto answer = attach_keys(root, {guest, {{volume, {}}}, {}, false}, GetParam().make("only")).answer();
    EXPECT_TRUE(answer.ok()) << answer;
    EXPECT_EQ(agent.keys().payloads_of(guest), std::vector<std::string>{"only"});
}

TEST_P(AttachByFd, TakesTheLongestKeyAllowed) {
    const std::string longest(4096, 'k');
    const auto answer = attach_keys(root, {guest, {{volume, {}}}, {}, false}, GetParam().make(longest + "\n")).answer();
    EXPECT_TRUE(answer.ok()) << answer;
    EXPECT_EQ(agent.keys().payloads_of(guest), std::vector<std::string>{longest});
}

TEST_P(AttachByFd, TakesAsManyKeysAsAGuestMayHave) {
    AttachArguments arguments{guest, {}, {}, false};
    std::string keys;
    for (int i = 0; i < 256; ++i) {
        arguments.volumes.push_back({uuid_of(std::to_string(i)), {}});
        keys += std::string(4000, 'k') + "\n";
    }
    const auto answer = attach_keys(root, arguments, GetParam().make(keys)).answer();
    EXPECT_TRUE(answer.ok()) << answer;
    EXPECT_EQ(manager_property(root, "KeyCount"), "256");
}

INSTANTIATE_TEST_SUITE_P(EachKind, AttachByFd, testing::ValuesIn(fd_kinds()),
                         [](const auto& kind) { return std::string(kind.param.name); });

TEST_F(Attach, ReadsAPipeThatIsStillBeingWritten) {
    const Connection watcher(bus.address());
    auto pipe = make_pipe();
    const auto pending = attach_keys(root, {guest, {{volume, {}}}, {}, false}, pipe.reading).start();
    for (const char* piece : {"a k", "ey in", " pieces", "\n"}) {
        write_all(pipe.writing, piece);
        EXPECT_EQ(manager_property(watcher, "KeyCount"), "0");
    }
    EXPECT_FALSE(pending.answered());
    pipe.writing.reset();
    EXPECT_TRUE(pending.wait().ok());
    EXPECT_EQ(agent.keys().payloads_of(guest), std::vector<std::string>{"a key in pieces"});
}

TEST_F(Attach, ReplacesAKeyAndKeepsTheOthers) {
    attach(guest, {volume, other_volume});
    const auto answer = attach_keys(root, {guest, {{volume, {}}}, {}, false}, pipe_with("newer\n")).answer();
    EXPECT_TRUE(answer.ok()) << answer;
    EXPECT_EQ(manager_property(root, "KeyCount"), "2");
    EXPECT_EQ(agent.keys().payloads_of(guest), (std::vector<std::string>{"key of " + other_volume, "newer"}));
}

TEST_F(Attach, LeavesNothingOfTheKeyReplaced) {
    attach(guest, {volume});
    const auto old = agent.keys().keys_of(guest);
    attach(guest, {volume});
    ASSERT_EQ(old.size(), 1U);
    EXPECT_TRUE(is_gone(old.front()));
}

TEST_F(Attach, ExclusivePurgesTheOthers) {
    attach(guest, {volume, other_volume});
    Signals signals(root);
    const auto answer = attach_keys(root, {guest, {{volume, {}}}, {}, true}, pipe_with("newer\n")).answer();
    EXPECT_TRUE(answer.ok()) << answer;
    EXPECT_EQ(agent.keys().payloads_of(guest), std::vector<std::string>{"newer"});
    EXPECT_EQ(signals.next("KeysPurged").text, "\"" + guest + "\", [\"" + other_volume + "\"], \"replaced\"");
}

TEST_F(Attach, ShowsTheGuestWithItsVolumesAndOptions) {
    const AttachArguments arguments{
        guest,
        {{volume, {{"delivery", "none"}}}, {other_volume, {{"usage-type", "ceph"}, {"usage-id", "client.admin"}}}},
        "web",
        false};
    const auto answer = attach_keys(root, arguments, pipe_with("one\ntwo\n")).answer();
    EXPECT_TRUE(answer.ok()) << answer;
    EXPECT_EQ(guest_property(root, guest, "Uuid"), "\"" + guest + "\"");
    EXPECT_EQ(guest_property(root, guest, "Name"), "\"web\"");
    EXPECT_EQ(guest_property(root, guest, "LastUsed"), "0");
    EXPECT_EQ(guest_property(root, guest, "Volumes"),
              "[(\"" + volume + "\", {\"delivery\": \"none\"}), (\"" + other_volume +
                  "\", {\"delivery\": \"libvirt-secret\", \"usage-type\": \"ceph\", \"usage-id\": \"client.admin\"})]");
}

TEST_F(Attach, TakesUuidsInCapitalsForTheSameGuest) {
    attach(guest, {volume});
    std::string capitals = guest;
    for (auto& c : capitals)
        c = static_cast<char>(std::toupper(c));
    attach(capitals, {other_volume});
    EXPECT_EQ(manager_property(root, "GuestCount"), "1");
    EXPECT_EQ(guest_property(root, guest, "Uuid"), "\"" + guest + "\"");
}

TEST_F(Attach, KnowsARunningGuestOfLibvirt) {
    wait_for_libvirt();
    attach(kTestGuest, {volume});
    EXPECT_EQ(guest_property(root, kTestGuest, "State"), "3");
    EXPECT_EQ(guest_property(root, kTestGuest, "Name"), "\"test\"");
}

TEST_F(Attach, ExpectsAGuestThatLibvirtDoesNotKnow) {
    wait_for_libvirt();
    attach(guest, {volume});
    EXPECT_EQ(guest_property(root, guest, "State"), "1");
}

TEST_F(Attach, HidesTheKeysFromOtherRootProcesses) {
    attach(guest, {volume});
    const auto keys = agent.keys().keys_of(guest);
    ASSERT_EQ(keys.size(), 1U);
    const auto read = run({"keyctl", "pipe", std::to_string(keys.front())});
    EXPECT_NE(read.status, 0);
    EXPECT_EQ(read.output, "");
    for (const auto& shown : {run({"keyctl", "show", "@u"}), run({"cat", "/proc/keys"})}) {
        EXPECT_EQ(shown.output.find(guest), std::string::npos);
        EXPECT_EQ(shown.output.find("guestkeyd1 key"), std::string::npos);
    }
}

} // namespace

} // namespace guestkeyd::test
