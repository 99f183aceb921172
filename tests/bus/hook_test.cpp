// SPDX-License-Identifier: LGPL-2.1-or-later
#include "hook_test.h"

namespace guestkeyd::test {

namespace {

class Hook : public HookTest {
  protected:
    Hook() : HookTest({{"KeysNeededTimeoutSec", "0"}}) {}
};

TEST_F(Hook, RefusesAGuestWhoseKeysAreMissing) {
    attach(guest, {volume});
    const auto answer = hook("prepare", pipe_with(domain_xml({other_volume}))).answer();
    EXPECT_EQ(answer.error, "org.guestkeyd1.Error.KeysMissing") << answer;
    EXPECT_NE(answer.message.find(other_volume), std::string::npos) << answer;
    EXPECT_NE(answer.message.find("web"), std::string::npos) << answer;
}

TEST_F(Hook, DoesNotDeliverAKeyThatIsToBeKept) {
    const AttachArguments kept{guest, {{volume, {{"delivery", "none"}}}}, {}, false};
    EXPECT_TRUE(attach_keys(root, kept, pipe_with("a key\n")).answer().ok());
    EXPECT_EQ(short_name(hook("prepare", pipe_with(domain_xml({volume}))).answer()), "KeysMissing");
}

TEST_F(Hook, LetsAGuestWithoutSecretsStart) {
    EXPECT_TRUE(
        hook("prepare", pipe_with("<domain><name>web</name><uuid>" + guest + "</uuid></domain>")).answer().ok());
}

TEST_F(Hook, RefusesWhatIsNoDomain) {
    for (const auto* xml : {"", "<domain", "<network/>", "\xff\xfe"}) {
        const auto answer = hook("prepare", pipe_with(xml)).answer();
        EXPECT_EQ(short_name(answer), "InvalidArgs") << xml << ": " << answer;
    }
    EXPECT_TRUE(agent.running());
}

TEST_F(Hook, AnswersOthersWhileItsXmlDoesNotEnd) {
    auto xml = make_pipe();
    const auto pending = hook("prepare", xml.reading).start();
    const Connection other(bus.address());
    EXPECT_EQ(manager_property(other, "KeyCount"), "0");
    xml.writing.reset();
    EXPECT_EQ(short_name(pending.wait()), "InvalidArgs");
}

} // namespace

} // namespace guestkeyd::test
