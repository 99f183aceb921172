// SPDX-License-Identifier: LGPL-2.1-or-later
#include "bus_test.h"
#include "support/sealed_calls.h"

namespace guestkeyd::test {

namespace {

// Keys that come in envelopes, as openssl(1) makes them.
class Sealed : public BusTest {
  protected:
    [[nodiscard]] EnvelopeText both() const { return {guest, {{volume, "one"}, {other_volume, "two"}}}; }
    [[nodiscard]] std::string seal(const EnvelopeText& content) const { return seal_to(certificate, content); }
    [[nodiscard]] std::string seal_text(const std::string& text) const { return seal_to(certificate, text); }

    void expect_taken(const std::string& envelope) const {
        const auto answer = attach_sealed(root, envelope).answer();
        EXPECT_TRUE(answer.ok()) << answer;
    }
    // Nothing changes, and the message shows nothing of what is inside.
    void expect_refused(const Call& call, const std::string& error, const std::string& words) const {
        const auto before = state();
        const auto answer = call.answer();
        EXPECT_EQ(short_name(answer), error) << answer;
        EXPECT_NE(answer.message.find(words), std::string::npos) << answer;
        EXPECT_EQ(state(), before) << answer;
    }
    void expect_bad(const std::string& envelope, const std::string& words) const {
        expect_refused(attach_sealed(root, envelope), "BadEnvelope", words);
    }

    const std::string certificate = text_returned(get_host_certificate(nobody));
};

TEST_F(Sealed, KeysAreAttachedWithTheirOptions) {
    auto content = both();
    content.options = "name web\ngeneration 7\nwipe-on stopped\nexclusive yes\nlease 3600\nexpected-within 60\n";
    expect_taken(seal(content));
    EXPECT_EQ(agent.keys().payloads_of(guest), (std::vector<std::string>{"one", "two"}));
    EXPECT_EQ(guest_property(root, guest, "Name"), "\"web\"");
    EXPECT_EQ(guest_property(root, guest, "Generation"), "7");
    EXPECT_EQ(guest_property(root, guest, "WipeOn"), "\"stopped\"");
    EXPECT_NE(guest_property(root, guest, "LeaseExpires"), "0");
}

TEST_F(Sealed, VolumesKeepTheirOptions) {
    const auto text = text_of({guest, {{volume, "one"}}});
    auto ceph = text;
    ceph.insert(ceph.find("key "), "delivery libvirt-secret\nusage-type ceph\nusage-id client.admin\n");
    expect_taken(seal_text(ceph));
    EXPECT_EQ(guest_property(root, guest, "Volumes"),
              "[(\"" + volume +
                  "\", {\"delivery\": \"libvirt-secret\", \"usage-type\": \"ceph\", \"usage-id\": \"client.admin\"})]");
}

TEST_F(Sealed, KeysReplaceAndStayAsAttachedOnesDo) {
    attach(guest, {volume, other_volume});
    expect_taken(seal({guest, {{volume, "newer"}}}));
    EXPECT_EQ(agent.keys().payloads_of(guest), (std::vector<std::string>{"key of " + other_volume, "newer"}));
    expect_taken(seal({guest, {{volume, "only"}}, "exclusive yes\n"}));
    EXPECT_EQ(agent.keys().payloads_of(guest), std::vector<std::string>{"only"});
}

TEST_F(Sealed, ForAnotherHostIsRefused) {
    const PrivateBus other_bus;
    const AgentProcess other_agent(other_bus.address());
    const Connection there(other_bus.address());
    expect_bad(seal_to(text_returned(get_host_certificate(there)), both()), "not sealed to this host");
}

TEST_F(Sealed, AlteredIsRefused) {
    auto envelope = seal(both());
    envelope.back() = static_cast<char>(envelope.back() ^ 1);
    expect_bad(envelope, "was altered");
    expect_bad(envelope.substr(0, envelope.size() / 2), "cut short");
}

TEST_F(Sealed, ThatIsNoEnvelopeIsRefused) {
    expect_bad("", "not CMS");
    expect_bad("guestkeyd-envelope 1\n", "not CMS");
    expect_bad(certificate, "not CMS");
    expect_bad(std::string(1024 * 1024 + 1, '\x30'), "larger than 1 MiB");
}

TEST_F(Sealed, ExpiredIsRefused) {
    auto content = both();
    content.valid_for = std::chrono::seconds(0);
    expect_bad(seal(content), "expired");
}

TEST_F(Sealed, SentAgainIsTakenUntilNewerKeysHaveCome) {
    auto content = both();
    content.options = "generation 1\n";
    const auto first = seal(content);
    expect_taken(first);
    expect_taken(first);
    content.options = "generation 2\n";
    expect_taken(seal(content));
    expect_refused(attach_sealed(root, first), "StaleGeneration", "newer than 1");
}

TEST_F(Sealed, ForAnotherGuestOrVolumeThanTheCallerSaysIsRefused) {
    const auto envelope = seal(both());
    expect_refused(attach_sealed(root, envelope, {other_guest, {}}), "BadEnvelope", "not for guest " + other_guest);
    expect_refused(attach_sealed(root, envelope, {guest, {{volume}}}), "BadEnvelope", "does not name");
    const auto answer = attach_sealed(root, envelope, {guest, {{other_volume, volume}}}).answer();
    EXPECT_TRUE(answer.ok()) << answer;
}

TEST_F(Sealed, WithContentThatIsNotWellFormedIsRefusedWithoutShowingIt) {
    expect_bad(seal_text("my key\n"), "line 1 of the envelope");
    expect_bad(seal({guest, {}}), "give one key at least");
    expect_bad(seal({guest, {{"no volume", "one"}}}), "has no UUID");
    expect_bad(seal({guest, {{volume, "one"}, {volume, "two"}}}), "a second key");
    expect_bad(seal({guest, {{volume, "one"}}, "my-key one\n"}), "is none that belongs there");
    for (const auto* option : {"wipe-on my-key\n", "generation my-key\n", "exclusive my-key\n", "lease 0\n"}) {
        const auto answer = attach_sealed(root, seal({guest, {{volume, "one"}}, option})).answer();
        EXPECT_EQ(short_name(answer), "BadEnvelope") << answer;
        EXPECT_EQ(answer.message.find("my-key"), std::string::npos) << answer;
    }
}

TEST_F(Sealed, KeysObeyTheRulesOfAttachedOnes) {
    expect_refused(attach_sealed(root, seal({guest, {{volume, "good"}, {other_volume, std::string(4097, 'k')}}})),
                   "InvalidArgs", "volume " + other_volume + " is longer than");
    EnvelopeText many{guest, {}};
    for (int i = 0; i < 257; ++i)
        many.keys.emplace_back(uuid_of(std::to_string(i)), "key");
    expect_refused(attach_sealed(root, seal(many)), "LimitsExceeded", "KeysPerGuest=256");
}

TEST_F(Sealed, CallsTakeNoOtherOptions) {
    auto call = Call(root, {kManagerPath, kManagerInterface, "AttachSealed"});
    call.with("aya{sv}", 0, 1, "force", "b", 1);
    expect_refused(call, "InvalidArgs", "no option 'force'");
}

} // namespace

} // namespace guestkeyd::test
