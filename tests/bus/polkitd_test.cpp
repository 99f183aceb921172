// SPDX-License-Identifier: LGPL-2.1-or-later
#include "support/agent_calls.h"
#include "support/agent_process.h"
#include "support/key_fd.h"
#include "support/private_bus.h"
#include "support/project.h"
#include "support/real_polkit.h"

#include <gtest/gtest.h>

namespace guestkeyd::test {

namespace {

// In the sample rules.
constexpr auto kWebshopsGuest = "3b0a6e2c-5a0f-4c55-9a3e-0f6b0a7d1c42";

// The agent with the machine's own polkitd. To polkitd, the machine's users nobody and daemon have other names.
class RealPolkitTest : public testing::Test {
  protected:
    explicit RealPolkitTest(const std::string& rules)
        : polkit(bus.address(), {rules,
                                 "webshop:x:65534:65534::/nonexistent:/usr/sbin/nologin\n"
                                 "manager:x:1:1::/nonexistent:/usr/sbin/nologin\n",
                                 "guestkey-admins:x:64990:manager\n"}),
          agent(bus.address()), root(bus.address()), webshop(Connection::as("nobody", bus.address())),
          manager(Connection::as("daemon", bus.address())) {}

    [[nodiscard]] Answer attach(const Connection& caller, const std::string& guest) const {
        return attach_keys(caller, {guest, {{uuid_of("volume"), {}}}, {}, false}, pipe_with("a key\n")).answer();
    }
    static void expect_refused(const Answer& answer) { EXPECT_EQ(short_name(answer), "AccessDenied") << answer; }
    static void expect_allowed(const Answer& answer) { EXPECT_TRUE(answer.ok()) << answer; }

    PrivateBus bus;
    RealPolkit polkit;
    AgentProcess agent;
    Connection root;
    Connection webshop;
    Connection manager;
};

class PolkitdWithoutRules : public RealPolkitTest {
  protected:
    PolkitdWithoutRules() : RealPolkitTest("") {}
};

TEST_F(PolkitdWithoutRules, RefusesUsers) {
    EXPECT_TRUE(attach(root, uuid_of("guest")).ok());
    expect_refused(attach(webshop, uuid_of("guest")));
    expect_refused(managed_objects(webshop).answer());
    expect_refused(get_property(webshop, kManagerPath, kManagerInterface, "KeyCount").answer());
    expect_refused(purge_guest(webshop, uuid_of("guest")).answer());
    expect_refused(purge_guest(webshop, uuid_of("guest"), Force::Yes).answer());
    expect_refused(purge_all(webshop).answer());
    EXPECT_EQ(manager_property(root, "KeyCount"), "1");
}

class PolkitdThatAsks : public RealPolkitTest {
  protected:
    PolkitdThatAsks()
        : RealPolkitTest("polkit.addRule(function(action, subject) {\n"
                         "    if (action.id == 'org.guestkeyd1.purge-all')\n"
                         "        return polkit.Result.AUTH_ADMIN;\n});\n") {}
};

TEST_F(PolkitdThatAsks, SaysThatAPasswordWouldHelpButFindsNobodyToAsk) {
    EXPECT_EQ(short_name(purge_all(webshop).answer()), "InteractiveAuthorizationRequired");
    EXPECT_EQ(short_name(purge_all(webshop).interactive().answer()), "AccessDenied");
}

class PolkitdWithARule : public RealPolkitTest {
  protected:
    PolkitdWithARule()
        : RealPolkitTest("polkit.addRule(function(action, subject) {\n"
                         "    if (action.id == 'org.guestkeyd1.attach-keys' && subject.user == 'webshop' &&\n"
                         "        action.lookup('guest') == '" +
                         uuid_of("mine") + "' && action.lookup('volume') == '" + uuid_of("volume") +
                         "' && action.lookup('operation') == 'AttachKeys')\n"
                         "        return polkit.Result.YES;\n});\n") {}
};

TEST_F(PolkitdWithARule, AllowsWhatTheRuleNamesAndNoMore) {
    expect_allowed(attach(webshop, uuid_of("mine")));
    expect_refused(attach(webshop, uuid_of("not mine")));
    expect_refused(attach(manager, uuid_of("mine")));
    expect_refused(purge_guest(webshop, uuid_of("mine")).answer());
    EXPECT_EQ(manager_property(root, "KeyCount"), "1");
}

class PolkitdWithTheSampleRules : public RealPolkitTest {
  protected:
    PolkitdWithTheSampleRules() : RealPolkitTest(read_file(project_file("polkit/50-guestkeyd.rules.example"))) {}
};

TEST_F(PolkitdWithTheSampleRules, LetsManagersAttachListAndPurge) {
    expect_allowed(attach(manager, uuid_of("guest")));
    expect_allowed(managed_objects(manager).answer());
    expect_allowed(get_all(manager, kManagerPath, kManagerInterface).answer());
    expect_allowed(purge_guest(manager, uuid_of("guest")).answer());
    expect_refused(purge_all(manager).answer());
    expect_refused(purge_guest(manager, uuid_of("guest"), Force::Yes).answer());
}

TEST_F(PolkitdWithTheSampleRules, LetsAUserDoAllToOneGuestAndSeeNoOther) {
    expect_allowed(attach(webshop, kWebshopsGuest));
    EXPECT_EQ(guest_property(webshop, kWebshopsGuest, "Uuid"), "\"" + std::string(kWebshopsGuest) + "\"");
    expect_allowed(purge_guest(webshop, kWebshopsGuest, Force::Yes).answer());
    EXPECT_TRUE(attach(root, uuid_of("guest")).ok());
    expect_refused(attach(webshop, uuid_of("guest")));
    expect_refused(get_all(webshop, guest_path(uuid_of("guest")), kGuestInterface).answer());
    expect_refused(managed_objects(webshop).answer());
    expect_refused(introspect(webshop, "/org/guestkeyd1/guest").answer());
    expect_refused(purge_all(webshop).answer());
    EXPECT_EQ(manager_property(root, "KeyCount"), "1");
}

} // namespace

} // namespace guestkeyd::test
