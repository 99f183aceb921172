// SPDX-License-Identifier: LGPL-2.1-or-later
// LendKeys and WithdrawKeys where libvirt takes no secret; that it works is for the tests on a host.
#include "bus_test.h"

namespace guestkeyd::test {

namespace {

class Lend : public BusTest {
  protected:
    Lend() : BusTest({.limits = {{"LendSec", "600"}}}), signals(root) {}

    void SetUp() override { wait_for_libvirt(); }

    [[nodiscard]] std::string refusal(const std::vector<std::string>& volumes, std::uint32_t seconds) const {
        return short_name(lend_keys(root, guest, volumes, seconds).answer());
    }
    void attach_to_keep() const {
        const AttachArguments kept{guest, {{volume, {{"delivery", "none"}}}}, {}, false};
        EXPECT_TRUE(attach_keys(root, kept, pipe_with("a key\n")).answer().ok());
    }

    Signals signals;
};

TEST_F(Lend, IsForATimeThatIsBounded) {
    attach(guest, {volume});
    EXPECT_EQ(refusal({volume}, 0), "InvalidArgs");
    EXPECT_EQ(refusal({volume}, 601), "LimitsExceeded");
    const auto answer = lend_keys(root, guest, {volume}, 4294967295U).answer();
    EXPECT_NE(answer.message.find("LendSec=600"), std::string::npos) << answer;
}

TEST_F(Lend, IsOfKeysThatAreHere) {
    EXPECT_EQ(refusal({}, 60), "NoSuchGuest");
    EXPECT_EQ(short_name(withdraw_keys(root, guest).answer()), "NoSuchGuest");
    attach(guest, {volume});
    attach(other_guest, {other_volume});
    EXPECT_EQ(refusal({volume, other_volume}, 60), "NoSuchVolume");
    EXPECT_EQ(refusal({volume, volume}, 60), "InvalidArgs");
    EXPECT_EQ(refusal({"no UUID"}, 60), "InvalidArgs");
}

TEST_F(Lend, IsNotOfAKeyThatIsToBeKept) {
    attach_to_keep();
    EXPECT_EQ(refusal({volume}, 60), "Unsupported");
    EXPECT_EQ(refusal({}, 60), "NoSuchVolume");
}

TEST_F(Lend, SaysWhatLibvirtSaysWhenItDoesNotTakeTheKey) {
    attach(guest, {volume});
    const auto answer = lend_keys(root, guest, {}, 60).answer();
    EXPECT_EQ(short_name(answer), "Internal") << answer;
    EXPECT_NE(answer.message.find(volume), std::string::npos) << answer;
    EXPECT_TRUE(withdraw_keys(root, guest).answer().ok());
}

TEST_F(Lend, ThatIsRefusedIsToldToo) {
    attach(guest, {volume});
    (void)signals.next("KeysUsed");
    EXPECT_EQ(refusal({volume}, 601), "LimitsExceeded");
    EXPECT_NE(signals.next("KeysUsed").text.find("\"lend\", \"refused\""), std::string::npos);
}

TEST_F(Lend, AsksPolkitAboutGuestAndVolumes) {
    attach(guest, {volume, other_volume});
    polkit->answer(PolkitAnswer::Deny);
    EXPECT_EQ(short_name(lend_keys(nobody, guest, {volume, other_volume}, 60).answer()), "AccessDenied");
    const auto check = polkit->checks().back();
    EXPECT_EQ(check.action, "org.guestkeyd1.lend-keys");
    EXPECT_EQ(check.details.at("volume"), volume + "," + other_volume);
}

} // namespace

} // namespace guestkeyd::test
