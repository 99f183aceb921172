// SPDX-License-Identifier: LGPL-2.1-or-later
// guestkeyctl volume with a human at a terminal.
#include "volume_bus_test.h"

#include "support/terminal.h"

namespace guestkeyd::test {

namespace {

class VolumeTerminal : public VolumeBusTest {
  protected:
    void SetUp() override { wait_for_libvirt(); }

    [[nodiscard]] Terminal guestkeyctl(const std::vector<std::string>& arguments) const {
        std::vector<std::string> command{GUESTKEYCTL_PROGRAM, "volume"};
        command.insert(command.end(), arguments.begin(), arguments.end());
        return Terminal(command, bus.environment());
    }
    [[nodiscard]] std::vector<std::string> create() const {
        return {"create", at("volume"), "--format=luks1", "--size=8M"};
    }
    // Waits for the prompt, which switches the echo off, and answers it.
    static void answer(Terminal& terminal, const std::string& prompt, const std::string& key) {
        ASSERT_TRUE(terminal.shows(prompt)) << terminal.text();
        terminal.type(key + "\n");
    }
};

TEST_F(VolumeTerminal, AsksForANewKeyTwice) {
    auto terminal = guestkeyctl(create());
    answer(terminal, "Key of volume " + at("volume") + ": ", kOldKey);
    answer(terminal, "Key of volume " + at("volume") + " again: ", kOldKey);
    EXPECT_TRUE(terminal.shows("job 1 done: create"));
    EXPECT_EQ(terminal.wait(), 0) << terminal.text();
    EXPECT_EQ(terminal.text().find(kOldKey), std::string::npos) << "it was shown";
    EXPECT_EQ(opens(at("volume"), kOldKey), "true");
}

TEST_F(VolumeTerminal, MakesNothingWithAKeyThatWasMistyped) {
    for (const auto& again : {kOldKey + "x", "x" + kOldKey, kOldKey.substr(1)}) {
        auto terminal = guestkeyctl(create());
        answer(terminal, ": ", kOldKey);
        answer(terminal, "again: ", again);
        EXPECT_TRUE(terminal.shows("was typed in two ways"));
        EXPECT_EQ(terminal.wait(), 2) << terminal.text();
    }
    EXPECT_EQ(manager_property(root, "JobCount"), "0");
    EXPECT_EQ(opens(at("volume"), kOldKey), "NoSuchVolume");
}

TEST_F(VolumeTerminal, AsksForTheOldKeyOnceAndShowsABar) {
    make("luks2", kLong);
    auto terminal = guestkeyctl({"reencrypt", at("volume"), "--hotzone=1M"});
    answer(terminal, "Old key of volume " + at("volume") + ": ", kOldKey);
    answer(terminal, "New key of volume " + at("volume") + ": ", kNewKey);
    answer(terminal, "again: ", kNewKey);
    EXPECT_TRUE(terminal.shows("job 2 running: [#"));
    EXPECT_TRUE(terminal.shows("of 256.0M"));
    EXPECT_TRUE(terminal.shows("job 2 done: reencrypt")) << terminal.text();
    EXPECT_EQ(terminal.wait(), 0);
}

} // namespace

} // namespace guestkeyd::test
