// SPDX-License-Identifier: LGPL-2.1-or-later
#include "polkit_fixture.h"

namespace guestkeyd::test {

namespace {

class PolkitQuestion : public PolkitTest {};

TEST_F(PolkitQuestion, IsToldTheCallersBusNameAndNotHisProcess) {
    EXPECT_FALSE(nobody_attaches(pipe_with("one\ntwo\n")).answer().ok());
    EXPECT_EQ(only_check().subject_kind, "system-bus-name");
    EXPECT_EQ(only_check().subject_name, nobody.unique_name());
}

TEST_F(PolkitQuestion, IsToldGuestVolumesAndOperation) {
    std::string capitals = volume;
    for (auto& c : capitals)
        c = static_cast<char>(std::toupper(c));
    const AttachArguments arguments{guest, {{capitals, {}}, {other_volume, {}}}, {}, false};
    EXPECT_FALSE(attach_keys(nobody, arguments, pipe_with("one\ntwo\n")).answer().ok());
    const std::map<std::string, std::string> expected{
        {"guest", guest}, {"volume", volume + "," + other_volume}, {"operation", "AttachKeys"}};
    EXPECT_EQ(only_check().action, "org.guestkeyd1.attach-keys");
    EXPECT_EQ(only_check().details, expected);
}

TEST_F(PolkitQuestion, IsToldTheGuestOfAnObject) {
    attach(guest, {volume});
    EXPECT_FALSE(get_all(nobody, guest_path(guest), kGuestInterface).answer().ok());
    EXPECT_EQ(only_check().action, "org.guestkeyd1.list");
    EXPECT_EQ(only_check().details.at("guest"), guest);
    EXPECT_EQ(only_check().details.at("operation"), "GetAll");
}

TEST_F(PolkitQuestion, IsToldWhetherTheUserMayBeAsked) {
    EXPECT_FALSE(purge_all(nobody).answer().ok());
    EXPECT_FALSE(purge_all(nobody).interactive().answer().ok());
    const auto checks = polkit->checks();
    ASSERT_EQ(checks.size(), 2U);
    EXPECT_FALSE(checks[0].interactive);
    EXPECT_TRUE(checks[1].interactive);
}

class PolkitForce : public PolkitTest {
  protected:
    void expect_action(const Call& call, const std::string& action) {
        polkit->forget_checks();
        EXPECT_EQ(short_name(call.answer()), "AccessDenied");
        EXPECT_EQ(only_check().action, "org.guestkeyd1." + action);
    }
    [[nodiscard]] Call guest_purge() const { return {nobody, {guest_path(guest), kGuestInterface, "Purge"}}; }
};

TEST_F(PolkitForce, IsAnActionOfItsOwn) {
    expect_action(purge_guest(nobody, guest), "purge-keys");
    expect_action(purge_guest(nobody, guest, Force::Yes), "purge-keys-in-use");
    expect_action(detach_keys(nobody, guest, {volume}), "purge-keys");
    expect_action(detach_keys(nobody, guest, {volume}, Force::Yes), "purge-keys-in-use");
    expect_action(guest_purge().with("a{sv}", 0), "purge-keys");
    expect_action(guest_purge().with("a{sv}", 1, "force", "b", 1), "purge-keys-in-use");
    expect_action(purge_all(nobody), "purge-all");
}

// A dictionary on the bus may hold a key twice: what is asked about must be what is done.
TEST_F(PolkitForce, CannotBeSmuggledPastTheQuestion) {
    attach(kTestGuest, {volume});
    polkit->answer_by([](const PolkitCheck& check) {
        return check.action == "org.guestkeyd1.purge-keys" ? PolkitAnswer::Allow : PolkitAnswer::Deny;
    });
    for (const auto& [first, second] : {std::pair{0, 1}, std::pair{1, 0}}) {
        Call call(nobody, {kManagerPath, kManagerInterface, "PurgeGuest"});
        call.with("sa{sv}", kTestGuest, 2, "force", "b", first, "force", "b", second);
        EXPECT_FALSE(call.answer().ok());
    }
    EXPECT_FALSE(purge_guest(nobody, kTestGuest, Force::Yes).answer().ok());
    EXPECT_EQ(manager_property(root, "KeyCount"), "1");
}

} // namespace

} // namespace guestkeyd::test
