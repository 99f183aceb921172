// SPDX-License-Identifier: LGPL-2.1-or-later
#include "polkit_fixture.h"

namespace guestkeyd::test {

namespace {

class Polkit : public PolkitTest {};

TEST_F(Polkit, IsNeverAskedAboutRoot) {
    attach(guest, {volume});
    EXPECT_TRUE(get_all(root, guest_path(guest), kGuestInterface).answer().ok());
    EXPECT_TRUE(purge_guest(root, guest).answer().ok());
    EXPECT_TRUE(purge_all(root).answer().ok());
    EXPECT_TRUE(introspect(root, kManagerPath).answer().ok());
    EXPECT_EQ(polkit->checks().size(), 0U);
}

TEST_F(Polkit, IsNotNeededByRoot) {
    polkit.reset();
    attach(guest, {volume});
    EXPECT_EQ(purge_guest(root, guest).answer().text, "1");
}

TEST_F(Polkit, LetsAUserAttachWhenItSaysYes) {
    polkit->answer(PolkitAnswer::Allow);
    const auto answer = nobody_attaches(pipe_with("one\ntwo\n")).answer();
    EXPECT_TRUE(answer.ok()) << answer;
    EXPECT_EQ(agent.keys().payloads_of(guest), (std::vector<std::string>{"one", "two"}));
}

TEST_F(Polkit, DeniesWhenItSaysNo) {
    const auto before = state();
    const auto answer = nobody_attaches(pipe_with("one\ntwo\n")).answer();
    EXPECT_EQ(short_name(answer), "AccessDenied") << answer;
    EXPECT_EQ(state(), before);
}

TEST_F(Polkit, DeniesWhenItFails) {
    polkit->answer(PolkitAnswer::Error);
    EXPECT_EQ(short_name(nobody_attaches(pipe_with("one\ntwo\n")).answer()), "AccessDenied");
}

TEST_F(Polkit, DeniesWhenItIsGone) {
    polkit.reset();
    EXPECT_EQ(short_name(nobody_attaches(pipe_with("one\ntwo\n")).answer()), "AccessDenied");
}

TEST_F(Polkit, SaysThatAPasswordWouldHelp) {
    polkit->answer(PolkitAnswer::Challenge);
    EXPECT_EQ(nobody_attaches(pipe_with("one\ntwo\n")).answer().error,
              "org.freedesktop.DBus.Error.InteractiveAuthorizationRequired");
    EXPECT_EQ(short_name(nobody_attaches(pipe_with("one\ntwo\n")).interactive().answer()), "AccessDenied");
}

TEST_F(Polkit, IsAskedBeforeTheArgumentsAreLookedAt) {
    attach(guest, {volume});
    const std::vector<Answer> answers{
        purge_guest(nobody, "no UUID").answer(),
        purge_guest(nobody, other_guest).answer(),
        detach_keys(nobody, guest, {}).answer(),
        Call(nobody, {kManagerPath, kManagerInterface, "PurgeGuest"}).with("u", 7U).answer(),
        Call(nobody, {kManagerPath, kManagerInterface, "PurgeAll"}).with("a{sv}", 1, "bogus", "b", 1).answer(),
        attach_keys(nobody, {guest, {}, {}, false}, pipe_with("")).answer(),
        get_property(nobody, kManagerPath, kManagerInterface, "NoSuchProperty").answer(),
    };
    for (const auto& answer : answers)
        EXPECT_EQ(short_name(answer), "AccessDenied") << answer;
}

TEST_F(Polkit, HidesWhatIsNotTheUsersAsIfItWereNotThere) {
    attach(guest, {volume});
    const auto compare = [&](const Answer& present, const Answer& absent) {
        EXPECT_EQ(present.error, absent.error);
        EXPECT_EQ(present.message, absent.message);
        EXPECT_EQ(short_name(present), "AccessDenied") << present;
    };
    compare(purge_guest(nobody, guest).answer(), purge_guest(nobody, other_guest).answer());
    compare(purge_guest(nobody, guest, Force::Yes).answer(), purge_guest(nobody, other_guest, Force::Yes).answer());
    compare(detach_keys(nobody, guest, {volume}).answer(), detach_keys(nobody, other_guest, {volume}).answer());
    compare(detach_keys(nobody, guest, {volume}).answer(), detach_keys(nobody, guest, {other_volume}).answer());
    compare(check_guest(nobody, kTestGuest).answer(), check_guest(nobody, other_guest).answer());
    const auto here = guest_path(guest);
    const auto nowhere = guest_path(other_guest);
    compare(introspect(nobody, here).answer(), introspect(nobody, nowhere).answer());
    compare(get_all(nobody, here, kGuestInterface).answer(), get_all(nobody, nowhere, kGuestInterface).answer());
    compare(get_property(nobody, here, kGuestInterface, "Uuid").answer(),
            get_property(nobody, nowhere, kGuestInterface, "Uuid").answer());
    compare(Call(nobody, {here, kGuestInterface, "Purge"}).with("a{sv}", 0).answer(),
            Call(nobody, {nowhere, kGuestInterface, "Purge"}).with("a{sv}", 0).answer());
}

} // namespace

} // namespace guestkeyd::test
