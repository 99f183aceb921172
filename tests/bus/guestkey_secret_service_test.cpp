// SPDX-License-Identifier: LGPL-2.1-or-later
// guestkey whose database opens with what the desktop's Secret Service keeps.
#include "guestkey_fixture.h"
#include "support/desktop_session.h"

#include <csignal>

namespace guestkeyd::test {

namespace {

class SecretServiceGuestkey : public GuestkeyTest {
  protected:
    void SetUp() override {
        GuestkeyTest::SetUp();
        session.log_in();
    }
    [[nodiscard]] Environment environment() const override {
        auto variables = GuestkeyTest::environment();
        variables.merge(session.environment());
        return variables;
    }
    void move_there() const { expect("protect --secret-service", 0, "another key in the Secret Service"); }

    DesktopSession session;
};

TEST_F(SecretServiceGuestkey, MakesADatabaseThatTheSessionOpens) {
    expect("init --secret-service --database=desktop/keys.db", 0, "key database made");
    expect("host list --database=desktop/keys.db", 0, "No hosts");
    expect("status --database=desktop/keys.db", 0, "opens with a key in the Secret Service");
}

TEST_F(SecretServiceGuestkey, MovesADatabaseThereAndBack) {
    move_there();
    std::filesystem::remove(at("master"));
    expect("host list", 0, "here up");
    expect("protect --key-file=another", 0, "another key file");
    session.lose_secrets();
    expect("host list", 0, "here up");
}

TEST_F(SecretServiceGuestkey, KeepsOneKeyForEachDatabase) {
    move_there();
    expect("init --secret-service --database=desktop/keys.db", 0, "key database made");
    expect("host list", 0, "here up");
    expect("host list --database=desktop/keys.db", 0, "No hosts");
}

TEST_F(SecretServiceGuestkey, SaysThatTheSecretServiceIsLocked) {
    move_there();
    session.lock_secrets();
    expect("host list", 9, "keeps the key locked; unlock its collection");
    expect("init --secret-service --database=desktop/keys.db", 9, "keeps the key locked; unlock its collection");
    EXPECT_FALSE(std::filesystem::exists(at("desktop/keys.db")));
    session.log_in();
    expect("host list", 0, "here up");
}

TEST_F(SecretServiceGuestkey, SaysThatItsKeyIsGone) {
    move_there();
    session.lose_secrets();
    expect("host list", 2, "without which the key database cannot be opened; bring it back");
}

TEST_F(SecretServiceGuestkey, SaysThatThereIsNoCollectionForItsKey) {
    session.lose_secrets();
    expect("protect --secret-service", 9, "has no default collection to keep a key in; make one");
    expect("host list", 0, "here up");
}

TEST_F(SecretServiceGuestkey, SaysThatThereIsNoSecretServiceOrSession) {
    move_there();
    session.end_secret_service();
    expect("host list", 9, "no Secret Service runs in this session; start");
    const auto alone = run({GUESTKEY_PROGRAM, "host", "list"},
                           {{"XDG_DATA_HOME", at("data")}, {"DBUS_SESSION_BUS_ADDRESS", "unix:path=" + at("nowhere")}});
    EXPECT_EQ(alone.status, 9);
    EXPECT_NE(alone.error.find("no session bus, and so no Secret Service; log in"), std::string::npos) << alone.error;
}

TEST_F(SecretServiceGuestkey, TakesTheKeyFromElsewhereWhereThereIsNoSession) {
    move_there();
    write_file(at("wrong"), "another key\n");
    expect("host list --unlock=wrong", 13, "another key for it");
}

TEST_F(SecretServiceGuestkey, OpensWithOneThingOnly) {
    expect("protect --secret-service --key-file=another", 2, "give only one of");
}

TEST_F(SecretServiceGuestkey, ServesWithItsKey) {
    move_there();
    Process server({{GUESTKEY_PROGRAM, "run"}, environment(), {}, at("run.log")});
    EXPECT_TRUE(wait_until([this] {
        return std::filesystem::exists(at("run.log")) &&
               read_file(at("run.log")).find("host here is served") != std::string::npos;
    }));
    EXPECT_EQ(server.end(SIGTERM), 0);
}

} // namespace

} // namespace guestkeyd::test
