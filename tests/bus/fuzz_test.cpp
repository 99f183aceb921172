// SPDX-License-Identifier: LGPL-2.1-or-later
#include "bus_test.h"
#include "random_arguments.h"

#include <set>

namespace guestkeyd::test {

namespace {

constexpr int kRounds = 500;

// What the agent, sd-bus and the bus answer to arguments that make no sense. Internal is not among them.
const std::set<std::string> kFineErrors{
    "InvalidArgs", "LimitsExceeded",     "NoSuchGuest",     "NoSuchVolume",     "Busy", "Unsupported", "BadEnvelope",
    "KeysMissing", "LibvirtUnavailable", "UnknownProperty", "UnknownInterface",
};

// Calls with arguments made of random numbers, the same ones each time: the agent answers each, and lives.
class Fuzz : public BusTest, public testing::WithParamInterface<unsigned> {
  protected:
    Fuzz() : BusTest(AgentOptions{.limits = {{"KeyReadTimeoutSec", "1"}}}), random_(GetParam()) {}

    void call_with(const Member& member, const std::string& types) {
        Call call(root, member);
        random_.append(call.raw(), types);
        const auto answer = call.answer();
        EXPECT_TRUE(answer.ok() || kFineErrors.contains(short_name(answer))) << member.name << " " << answer;
        EXPECT_TRUE(agent.running()) << member.name;
    }
    void SetUp() override { attach(guest, {volume}); }
    void TearDown() override {
        EXPECT_TRUE(introspect(root, kManagerPath).answer().ok());
        EXPECT_TRUE(purge_all(root).answer().ok());
        EXPECT_EQ(agent.keys().serials().size(), 0U);
    }

    RandomArguments random_;
};

TEST_P(Fuzz, ArgumentsOfTheRightTypes) {
    for (int i = 0; i < kRounds; ++i) {
        call_with({kManagerPath, kManagerInterface, "AttachKeys"}, "sa(sa{sv})ha{sv}");
        call_with({kManagerPath, kManagerInterface, "AttachSealed"}, "aya{sv}");
        call_with({kManagerPath, kManagerInterface, "ExportSealed"}, "ssa{sv}");
        call_with({kManagerPath, kManagerInterface, "RotateHostCertificate"}, "a{sv}");
        call_with({kManagerPath, kManagerInterface, "DetachKeys"}, "sasa{sv}");
        call_with({kManagerPath, kManagerInterface, "PurgeGuest"}, "sa{sv}");
        call_with({kManagerPath, kManagerInterface, "RenewLease"}, "st");
        call_with({kManagerPath, kManagerInterface, "PurgeAll"}, "a{sv}");
        call_with({kManagerPath, kManagerInterface, "CheckGuest"}, "sa{sv}");
        call_with({kManagerPath, kManagerInterface, "GuestHook"}, "ssssh");
        call_with({kManagerPath, kPropertiesInterface, "Get"}, "ss");
        call_with({kManagerPath, kPropertiesInterface, "GetAll"}, "s");
    }
}

TEST_P(Fuzz, ArgumentsOfAnyTypes) {
    for (int i = 0; i < kRounds; ++i)
        for (const auto* method : {"AttachKeys", "AttachSealed", "ExportSealed", "DetachKeys", "PurgeGuest",
                                   "RenewLease", "CheckGuest", "GuestHook"})
            call_with({kManagerPath, kManagerInterface, method}, random_.types());
}

INSTANTIATE_TEST_SUITE_P(Seeds, Fuzz, testing::Values(1U, 2U, 3U));

} // namespace

} // namespace guestkeyd::test
