// SPDX-License-Identifier: LGPL-2.1-or-later
// The hook's "prepare", on which libvirt waits: it starts the guest, or shows its user why not.
#include "mute_bus.h"
#include "stand_in_agent.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

namespace guestkeyd::test {
namespace {

constexpr auto kNoBus = "unix:path=/nonexistent/bus";

void expect_started(const ProgramResult& result) {
    EXPECT_EQ(result.status, 0);
    EXPECT_EQ(result.output, "");
    EXPECT_EQ(result.errors, "");
}

void expect_refused(const ProgramResult& result, const std::string& message) {
    EXPECT_EQ(result.status, 1);
    EXPECT_EQ(result.output, "");
    EXPECT_NE(result.errors.find(message), std::string::npos) << result.errors;
    EXPECT_EQ(result.errors.find('\n'), result.errors.size() - 1) << "more than one line: " << result.errors;
}

TEST(HookPrepare, StartsTheGuestWhenTheAgentAccepts) {
    const PrivateBus bus;
    StandInAgent agent(bus, StandInAgent::Manner::Accepts);
    expect_started(run_hook(bus.address(), "prepare", xml_with_secret()));
    const auto call = agent.next();
    EXPECT_EQ(call.guest, kHookGuest);
    EXPECT_EQ(call.operation, "prepare");
    EXPECT_EQ(call.sub_operation, "begin");
    EXPECT_EQ(call.extra, "-");
    EXPECT_EQ(call.domain_xml, xml_with_secret());
    EXPECT_TRUE(call.sealed);
    EXPECT_TRUE(call.reply_expected);
    EXPECT_TRUE(call.sender_known);
}

TEST(HookPrepare, ShowsTheAgentsRefusalInOneLine) {
    const PrivateBus bus;
    const StandInAgent agent(bus, StandInAgent::Manner::Refuses, "no key\nof volume 1; attach it");
    expect_refused(run_hook(bus.address(), "prepare", xml_with_secret()), "guestkeyd: no key of volume 1; attach it\n");
}

TEST(HookPrepare, RefusalCountsForGuestsWithoutSecretsToo) {
    const PrivateBus bus;
    const StandInAgent agent(bus, StandInAgent::Manner::Refuses, "not now; try again");
    expect_refused(run_hook(bus.address(), "prepare", xml_without_secret()), "guestkeyd: not now; try again\n");
}

TEST(HookPrepare, WithoutAgentOnlyGuestsWithoutSecretsStart) {
    const PrivateBus bus;
    expect_started(run_hook(bus.address(), "prepare", xml_without_secret()));
    expect_refused(run_hook(bus.address(), "prepare", xml_with_secret()),
                   "guestkeyd is not running, so the keys of guest 'web' cannot be given to it; start it with: "
                   "systemctl start guestkeyd, then start the guest again\n");
}

TEST(HookPrepare, WithoutBusOnlyGuestsWithoutSecretsStart) {
    expect_started(run_hook(kNoBus, "prepare", xml_without_secret()));
    expect_refused(run_hook(kNoBus, "prepare", xml_with_secret()), "guestkeyd cannot be reached");
}

TEST(HookPrepare, DoesNotWaitForAHangingAgentForEver) {
    const PrivateBus bus;
    const StandInAgent agent(bus, StandInAgent::Manner::Frozen);
    expect_refused(run_hook(bus.address(), "prepare", xml_with_secret()), "(no answer in time)");
    expect_started(run_hook(bus.address(), "prepare", xml_without_secret()));
}

TEST(HookPrepare, WaitsForAnAgentThatLivesAndHasVolumesToOpen) {
    const PrivateBus bus;
    const StandInAgent agent(bus, StandInAgent::Manner::AcceptsLate);
    expect_started(run_hook(bus.address(), "prepare", xml_with_secret()));
}

TEST(HookPrepare, DoesNotWaitForAHangingBusForEver) {
    const MuteBus bus;
    expect_refused(run_hook(bus.address(), "prepare", xml_with_secret()), "(the system bus does not answer)");
}

TEST(HookPrepare, DoesNotWaitForItsInputForEver) {
    int ends[2];
    ASSERT_EQ(pipe2(ends, O_CLOEXEC), 0);
    const UniqueFd input(ends[0]);
    const UniqueFd never_closed(ends[1]);
    expect_refused(run_program(QEMU_HOOK, {"web", "prepare", "begin", "-"}, {}, input), "guest 'web'");
}

TEST(HookPrepare, RefusesXmlThatItCannotRead) {
    const PrivateBus bus;
    const StandInAgent agent(bus, StandInAgent::Manner::Accepts);
    for (const auto& xml : {std::string(), std::string("<domain>\n"), std::string("<!DOCTYPE d [<!ENTITY a 'b'>]><d/>"),
                            std::string(10'000'000, 'x')})
        expect_refused(run_hook(bus.address(), "prepare", xml), "guest 'web' cannot be prepared: ");
}

TEST(HookPrepare, RefusesToRunWithoutTheArgumentsOfAHook) {
    expect_refused(run_program(QEMU_HOOK, {}, {}, std::string()), "hook of libvirt");
    expect_refused(run_program(QEMU_HOOK, {"--help"}, {}, std::string()), "hook of libvirt");
}

TEST(HookPrepare, TakesArgumentsThatAreNoTextForNoAnswer) {
    const PrivateBus bus;
    const StandInAgent agent(bus, StandInAgent::Manner::Accepts);
    expect_refused(run_hook(bus.address(), "prepare", xml_with_secret(), "\xff\xfe"), "guestkeyd cannot be reached");
    expect_started(run_hook(bus.address(), "prepare", xml_without_secret(), "\xff\xfe"));
}

} // namespace
} // namespace guestkeyd::test
