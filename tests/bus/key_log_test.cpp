// SPDX-License-Identifier: LGPL-2.1-or-later
#include "bus_test.h"

namespace guestkeyd::test {

namespace {

// What the agent writes to its log (the journal, where there is one), and what it tells on the bus of the same.
class KeyLog : public BusTest {
  protected:
    KeyLog() : BusTest({"test:///default", "test:///default", {{"KeysPerGuest", "2"}}}), signals(root) {}

    // The line of the log that has all of these.
    [[nodiscard]] std::string entry(const std::vector<std::string>& parts) const {
        std::istringstream lines(agent.log());
        for (std::string line; std::getline(lines, line);)
            if (std::all_of(parts.begin(), parts.end(),
                            [&](const std::string& part) { return line.find(part) != std::string::npos; }))
                return line;
        return {};
    }

    Signals signals;
};

TEST_F(KeyLog, TellsWhoAttachedWhichKeys) {
    attach(guest, {volume, other_volume});
    const auto told = signals.next("KeysUsed").text;
    EXPECT_EQ(told.find("\"" + guest + "\", [\"" + volume + "\", \"" + other_volume + "\"], \"attach\", \"done\""), 0U)
        << told;
    EXPECT_NE(entry({"MESSAGE_ID=a7ead599ccd24c098845874d3a5c6883", "ACTION=attach", "RESULT=done",
                     "GUEST_UUID=" + guest, "VOLUME=" + volume, "VOLUME=" + other_volume, "CALLER_UID=0"}),
              "")
        << agent.log();
}

TEST_F(KeyLog, TellsOfAPushThatWasRefused) {
    attach(guest, {volume});
    (void)signals.next("KeysUsed");
    const AttachArguments two{guest, {{uuid_of("1"), {}}, {uuid_of("2"), {}}}, {}, false};
    EXPECT_EQ(short_name(attach_keys(root, two, pipe_with("a\nb\n")).answer()), "LimitsExceeded");
    EXPECT_NE(signals.next("KeysUsed").text.find("\"attach\", \"refused\""), std::string::npos);
    EXPECT_NE(entry({"ACTION=attach", "RESULT=refused", "GUEST_UUID=" + guest, "CALLER_UID=0"}), "") << agent.log();
}

TEST_F(KeyLog, TellsWhoPurged) {
    attach(guest, {volume});
    EXPECT_EQ(purge_guest(root, guest).answer().text, "1");
    EXPECT_NE(entry({"ACTION=purge", "RESULT=done", "GUEST_UUID=" + guest, "VOLUME=" + volume, "CALLER_UID=0"}), "")
        << agent.log();
}

TEST_F(KeyLog, TellsWhoWasNotAllowedAndOnTheBusNobody) {
    attach(guest, {volume});
    (void)signals.next("KeysUsed");
    EXPECT_EQ(short_name(purge_guest(nobody, guest).answer()), "AccessDenied");
    EXPECT_NE(entry({"ACTION=call", "RESULT=refused", "GUEST_UUID=" + guest, "CALLER_UID=65534"}), "") << agent.log();
    for (const auto& signal : signals.so_far())
        EXPECT_NE(signal.member, "KeysUsed") << signal.text;
}

} // namespace

} // namespace guestkeyd::test
