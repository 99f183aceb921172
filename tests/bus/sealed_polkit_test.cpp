// SPDX-License-Identifier: LGPL-2.1-or-later
#include "polkit_fixture.h"
#include "support/sealed_calls.h"

namespace guestkeyd::test {

namespace {

// Who may attach what is in an envelope is decided before it is opened, by what the caller says is in it.
class SealedPolkit : public PolkitTest {
  protected:
    [[nodiscard]] std::string seal(const std::string& for_guest) const {
        return seal_to(certificate, EnvelopeText{for_guest, {{volume, "one"}}});
    }
    [[nodiscard]] Answer nobody_sends(const std::string& envelope, const SealedClaim& claim) const {
        return attach_sealed(nobody, envelope, claim).answer();
    }
    [[nodiscard]] SealedClaim claim_of(const std::string& of_guest) const { return {of_guest, {{volume}}}; }
    // As a rule that names one guest.
    void allow_only_guest() {
        polkit->answer_by([allowed = guest](const PolkitCheck& check) {
            const auto named = check.details.find("guest");
            return named != check.details.end() && named->second == allowed ? PolkitAnswer::Allow : PolkitAnswer::Deny;
        });
    }

    const std::string certificate = text_returned(get_host_certificate(nobody));
};

TEST_F(SealedPolkit, IsToldGuestVolumesAndOperation) {
    EXPECT_EQ(short_name(nobody_sends(seal(guest), {guest, {{volume, other_volume}}})), "AccessDenied");
    const std::map<std::string, std::string> expected{
        {"guest", guest}, {"volume", volume + "," + other_volume}, {"operation", "AttachSealed"}};
    EXPECT_EQ(only_check().action, "org.guestkeyd1.attach-keys");
    EXPECT_EQ(only_check().details, expected);
}

TEST_F(SealedPolkit, CanAllowOneGuestOnly) {
    allow_only_guest();
    const auto answer = nobody_sends(seal(guest), claim_of(guest));
    EXPECT_TRUE(answer.ok()) << answer;
    EXPECT_EQ(short_name(nobody_sends(seal(other_guest), claim_of(other_guest))), "AccessDenied");
    EXPECT_EQ(agent.keys().payloads_of(guest).size(), 1U);
    EXPECT_EQ(agent.keys().payloads_of(other_guest).size(), 0U);
}

TEST_F(SealedPolkit, IsNotGotRoundByAFalseClaim) {
    allow_only_guest();
    EXPECT_EQ(short_name(nobody_sends(seal(other_guest), claim_of(guest))), "BadEnvelope");
    EXPECT_EQ(agent.keys().serials().size(), 0U);
}

TEST_F(SealedPolkit, IsNotGotRoundByTwoClaims) {
    allow_only_guest();
    for (const auto& [first, second] : {std::pair{guest, other_guest}, std::pair{other_guest, guest}}) {
        auto call = Call(nobody, {kManagerPath, kManagerInterface, "AttachSealed"});
        const auto envelope = seal(other_guest);
        check_errno(sd_bus_message_append_array(call.raw(), 'y', envelope.data(), envelope.size()), "make a message");
        call.with("a{sv}", 3, "guest", "s", first.c_str(), "guest", "s", second.c_str(), "volumes", "as", 1,
                  volume.c_str());
        EXPECT_FALSE(call.answer().ok());
    }
    EXPECT_EQ(agent.keys().serials().size(), 0U);
}

TEST_F(SealedPolkit, NeedsAClaimFromAllButRoot) {
    polkit->answer(PolkitAnswer::Allow);
    for (const auto& claim : {SealedClaim{}, SealedClaim{guest, {}}, SealedClaim{{}, {{volume}}}})
        EXPECT_EQ(short_name(nobody_sends(seal(guest), claim)), "InvalidArgs");
    EXPECT_EQ(agent.keys().serials().size(), 0U);
}

// Good, bad and foreign envelopes look the same to whoever may not attach.
TEST_F(SealedPolkit, DeniedTellsNothingOfTheEnvelope) {
    const auto good = nobody_sends(seal(guest), claim_of(guest));
    const auto bad = nobody_sends("no envelope", claim_of(guest));
    const auto foreign = nobody_sends(seal(other_guest), claim_of(guest));
    EXPECT_EQ(short_name(good), "AccessDenied");
    EXPECT_EQ(good.message, bad.message);
    EXPECT_EQ(good.message, foreign.message);
}

TEST_F(SealedPolkit, IsToldOfExportAndRotation) {
    attach(guest, {volume});
    EXPECT_EQ(short_name(export_sealed(nobody, guest, certificate).answer()), "AccessDenied");
    EXPECT_EQ(only_check().action, "org.guestkeyd1.export-keys");
    EXPECT_EQ(only_check().details.at("guest"), guest);
    polkit->forget_checks();
    EXPECT_EQ(short_name(rotate_host_certificate(nobody).answer()), "AccessDenied");
    EXPECT_EQ(only_check().action, "org.guestkeyd1.rotate-certificate");
    EXPECT_EQ(text_returned(get_host_certificate(nobody)), certificate);
}

} // namespace

} // namespace guestkeyd::test
