// SPDX-License-Identifier: LGPL-2.1-or-later
#include "host/host_test.h"

#include <filesystem>

namespace guestkeyd::test {

namespace {

namespace fs = std::filesystem;

constexpr auto kJournal = "/run/log/journal";

// The host's own systemd-journald.
class Journald {
  protected:
    Journald() : process_(command()) {
        EXPECT_TRUE(wait_until([] { return fs::is_socket("/run/systemd/journal/socket"); }));
    }

  private:
    static Command command() {
        fs::remove_all(kJournal);
        fs::create_directories(kJournal);
        fs::remove_all("/run/systemd/journal");
        fs::create_directories("/run/systemd/journal");
        return {{"/lib/systemd/systemd-journald"}, {}, {}, {}};
    }

    Process process_;
};

class Journal : private Journald, public HostTest {
  protected:
    // systemd sets this for a service that writes to the journal.
    Journal() : HostTest({.environment = {{"JOURNAL_STREAM", "1:1"}}}) {}

    [[nodiscard]] bool has(std::vector<std::string> fields) const {
        fields.insert(fields.begin(), {"journalctl", "--quiet", "--no-pager", "--output=json", "--directory", kJournal,
                                       "SYSLOG_IDENTIFIER=guestkeyd", "GUEST_UUID=" + guest.uuid()});
        return wait_until([&] { return !run(fields).output.empty(); });
    }
    [[nodiscard]] std::string of_volume() const { return "VOLUME=" + guest.volume(); }

    const LibvirtGuest guest{"chronicled"};
};

TEST_F(Journal, HasEveryUseOfAKeyFromItsArrivalToItsWipe) {
    start(guest);
    ASSERT_EQ(guest.destroy().status, 0);
    EXPECT_TRUE(has({"ACTION=attach", "RESULT=done", "CALLER_UID=0", of_volume()}));
    EXPECT_TRUE(has({"ACTION=publish", "MESSAGE_ID=b1943a6bbd8d4c8fbb90004d3141b269", of_volume()}));
    EXPECT_TRUE(has({"ACTION=withdraw", "MESSAGE_ID=4be0d3832ec14794b502d3d1f4fbd111", of_volume()}));
    EXPECT_TRUE(has({"ACTION=purge", "MESSAGE_ID=7d98b7ac3460465094e6a185a8115018", of_volume()}));
    for (const auto* use : {"attach", "publish", "withdraw"})
        EXPECT_NE(signals.next("KeysUsed").text.find("\"" + std::string(use) + "\", \"done\""), std::string::npos);
    EXPECT_NE(signals.next("KeysPurged").text.find("destroyed"), std::string::npos);
}

TEST_F(Journal, HasWhatWasLentAndByWhomItWasAskedFor) {
    attach(guest);
    EXPECT_TRUE(lend_keys(root, guest.uuid(), {}, 60).answer().ok());
    EXPECT_TRUE(withdraw_keys(root, guest.uuid()).answer().ok());
    EXPECT_TRUE(has({"ACTION=lend", "MESSAGE_ID=4afe9aa83e7a4d139ec6fdc7de9bf64e", "CALLER_UID=0", of_volume()}));
    EXPECT_TRUE(has({"ACTION=withdraw", "RESULT=done", "CALLER_UID=0", of_volume()}));
}

TEST_F(Journal, HasTheStartThatWasRefused) {
    ASSERT_NE(guest.start().status, 0);
    EXPECT_TRUE(has({"ACTION=prepare", "RESULT=refused", "MESSAGE_ID=78ec97df0691429c8b6d9e59e2113834", "PRIORITY=4"}));
}

TEST_F(Journal, HasNoKey) {
    start(guest);
    ASSERT_EQ(guest.destroy().status, 0);
    ASSERT_TRUE(has({"ACTION=purge"}));
    EXPECT_NE(run({"grep", "--recursive", "--quiet", LibvirtGuest::key(), kJournal}).status, 0);
    EXPECT_EQ(run({"grep", "--recursive", "--quiet", guest.uuid(), kJournal}).status, 0);
}

} // namespace

} // namespace guestkeyd::test
