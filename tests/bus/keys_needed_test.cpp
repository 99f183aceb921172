// SPDX-License-Identifier: LGPL-2.1-or-later
// The signal KeysNeeded, and who answers it.
#include "hook_test.h"
#include "support/project.h"

namespace guestkeyd::test {

namespace {

// The agent waits for keys until the hook's time is up, 1.5 s.
class KeysNeeded : public HookTest {
  protected:
    KeysNeeded() : HookTest({{"KeysNeededTimeoutSec", "60"}, {"HookTimeoutSec", "2"}}), signals(root) {
        write_file(dir / "output", "");
    }

    [[nodiscard]] Pending prepare(const std::vector<std::string>& volumes) const {
        return hook("prepare", pipe_with(domain_xml(volumes))).start();
    }
    [[nodiscard]] std::string needs(const std::vector<std::string>& volumes, const std::string& reason) const {
        std::string list;
        for (const auto& each : volumes)
            list += (list.empty() ? "\"" : ", \"") + each + "\"";
        return "\"" + guest + "\", [" + list + "], \"" + reason + "\"";
    }
    [[nodiscard]] bool was_signalled() {
        const auto& all = signals.so_far();
        return std::any_of(all.begin(), all.end(), [](const auto& each) { return each.member == "KeysNeeded"; });
    }
    // A program that runs until the test ends, once its output has the words.
    Process running(std::vector<std::string> command, const std::string& words) const {
        Process process({std::move(command), bus.environment(), dir / "output", dir / "output"});
        EXPECT_TRUE(wait_until([&] { return has_printed(words); })) << read_file(dir / "output");
        return process;
    }
    [[nodiscard]] bool has_printed(const std::string& words) const {
        return read_file(dir / "output").find(words) != std::string::npos;
    }

    Signals signals;
    const TempDir dir;
};

TEST_F(KeysNeeded, NamesWhatIsMissingAndTheGuestIsRefusedInTheHooksTime) {
    attach(guest, {volume});
    const auto answer = prepare({volume, other_volume}).wait();
    EXPECT_EQ(short_name(answer), "KeysMissing") << answer;
    EXPECT_NE(answer.message.find(other_volume), std::string::npos) << answer;
    EXPECT_EQ(signals.next("KeysNeeded").text, needs({other_volume}, "start"));
}

TEST_F(KeysNeeded, TellsAnArrivalFromAStart) {
    EXPECT_TRUE(hook("migrate", pipe_with(domain_xml({volume}))).answer().ok());
    const auto first = prepare({volume});
    EXPECT_EQ(signals.next("KeysNeeded").text, needs({volume}, "arrive"));
    EXPECT_EQ(short_name(first.wait()), "KeysMissing");
    const auto second = prepare({volume});
    EXPECT_EQ(signals.next("KeysNeeded").text, needs({volume}, "start"));
    EXPECT_EQ(short_name(second.wait()), "KeysMissing");
}

TEST_F(KeysNeeded, KeysOfAnotherGuestOrVolumeDoNotHelp) {
    const auto pending = prepare({volume, other_volume});
    EXPECT_EQ(signals.next("KeysNeeded").text, needs({volume, other_volume}, "start"));
    attach(other_guest, {volume, other_volume});
    attach(guest, {volume});
    const auto answer = pending.wait();
    EXPECT_EQ(short_name(answer), "KeysMissing") << answer;
    EXPECT_EQ(answer.message.find("volume " + volume), std::string::npos) << answer;
    EXPECT_NE(answer.message.find("volume " + other_volume), std::string::npos) << answer;
}

TEST_F(KeysNeeded, IsNotSignalledForAQuestion) {
    const auto xml = pipe_with(domain_xml({volume}));
    Call check(root, {kManagerPath, kManagerInterface, "CheckGuest"});
    const auto answer = check.with("sa{sv}", guest.c_str(), 1, "domain-xml", "h", xml.get()).answer();
    EXPECT_EQ(answer.text, "false, [\"" + volume + "\"]");
    EXPECT_FALSE(was_signalled());
}

TEST_F(KeysNeeded, AreToldOfAnXmlThatComesAsText) {
    const auto check = [this](const std::string& xml) {
        Call call(root, {kManagerPath, kManagerInterface, "CheckGuest"});
        return call.with("sa{sv}", guest.c_str(), 1, "domain-xml", "s", xml.c_str()).answer();
    };
    EXPECT_EQ(check(domain_xml({volume})).text, "false, [\"" + volume + "\"]");
    attach(guest, {volume});
    EXPECT_EQ(check(domain_xml({volume})).text, "true, []");
    EXPECT_EQ(short_name(check("<domain/>")), "InvalidArgs");
    EXPECT_EQ(short_name(check(std::string(1024 * 1024 + 1, ' '))), "LimitsExceeded");
}

TEST_F(KeysNeeded, IsShownByMonitor) {
    const Process monitor({{GUESTKEYCTL_PROGRAM, "monitor"}, bus.environment(), dir / "output", dir / "output"});
    EXPECT_TRUE(wait_until([&] {
        (void)prepare({volume}).wait();
        return has_printed("needs 1 key to start: " + volume);
    }));
}

// It has one of two keys; the secret driver of this test takes none, so the guest must not get as far as that.
TEST_F(KeysNeeded, IsAnsweredByTheExampleOfAManagementServer) {
    write_file(dir / volume, "the key of the example\n");
    const auto server = running({project_file("docs/management-server.py"), dir.path()}, "ready to bring keys");
    EXPECT_EQ(short_name(prepare({volume, other_volume}).wait()), "KeysMissing");
    EXPECT_TRUE(wait_until([&] { return has_printed("is to start and needs 2 keys, of which 1 are here"); }))
        << read_file(dir / "output");
    EXPECT_TRUE(wait_until(
        [&] { return agent.keys().payloads_of(guest) == std::vector<std::string>{"the key of the example"}; }));
}

} // namespace

} // namespace guestkeyd::test
