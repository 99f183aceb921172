// SPDX-License-Identifier: LGPL-2.1-or-later
#include "support/agent_calls.h"
#include "support/agent_process.h"
#include "support/key_fd.h"
#include "support/memory.h"
#include "support/openssl.h"
#include "support/private_bus.h"
#include "support/sealed_calls.h"
#include "support/signals.h"

#include <algorithm>
#include <cctype>
#include <gtest/gtest.h>

namespace guestkeyd::test {

namespace {

// A host with its agent and its bus.
struct Host {
    explicit Host(const std::map<std::string, std::string>& sealing = {})
        : agent(bus.address(), {.sealing = sealing}), root(bus.address()) {}

    PrivateBus bus;
    AgentProcess agent;
    Connection root;
};

// Keys are handed over from one host to another, by envelopes.
class Export : public testing::Test {
  protected:
    // The host that trusts whom these options say.
    [[nodiscard]] static std::map<std::string, std::string> pinning(const std::string& fingerprint) {
        return {{"TrustedHost", fingerprint}};
    }
    [[nodiscard]] std::string certificate() const { return text_returned(get_host_certificate(destination.root)); }

    void attach(const Host& host, const std::string& options = {}) const {
        const auto here = text_returned(get_host_certificate(host.root));
        const auto envelope = seal_to(here, EnvelopeText{guest, {{volume, "one"}, {other_volume, "two"}}, options});
        const auto answer = attach_sealed(host.root, envelope).answer();
        ASSERT_TRUE(answer.ok()) << answer;
    }
    void import(const std::string& envelope) const {
        const auto answer = attach_sealed(destination.root, envelope).answer();
        EXPECT_TRUE(answer.ok()) << answer;
    }
    [[nodiscard]] std::string opened_by_command(const std::string& envelope) const {
        write_file(site / "envelope", envelope);
        return openssl({"cms", "-decrypt", "-inform", "DER", "-in", site / "envelope", "-inkey", site / "host-key.pem",
                        "-recip", site / "host-cert.pem"});
    }
    [[nodiscard]] int lease_exported() const {
        const auto text = opened_by_command(bytes_returned(export_sealed(source.root, guest, certificate())));
        const std::string option = "\nlease ";
        return std::stoi(text.substr(text.find(option) + option.size()));
    }
    static void expect_error(const Call& call, const std::string& error, const std::string& words) {
        const auto answer = call.answer();
        EXPECT_EQ(short_name(answer), error) << answer;
        EXPECT_NE(answer.message.find(words), std::string::npos) << answer;
    }

    TempDir site;
    Host destination{destination_options()};
    Host source{pinning(fingerprint_of(site / "host-cert.pem"))};

    const std::string guest = uuid_of("guest");
    const std::string volume = uuid_of("volume");
    const std::string other_volume = uuid_of("other volume");

  private:
    [[nodiscard]] std::map<std::string, std::string> destination_options() const {
        make_ca(site, "ca");
        make_signed_pair(site, "host", "ca");
        return {{"Key", site / "host-key.pem"}, {"Certificate", site / "host-cert.pem"}};
    }
};

TEST_F(Export, ToAPinnedHostHandsOverAllKeysAndOptions) {
    attach(source, "name web\ngeneration 7\nwipe-on stopped\nexpected-within 60\n");
    import(bytes_returned(export_sealed(source.root, guest, certificate())));
    EXPECT_EQ(destination.agent.keys().payloads_of(guest), (std::vector<std::string>{"one", "two"}));
    for (const auto* property : {"Name", "Volumes", "Generation", "WipeOn", "LeaseExpires"})
        EXPECT_EQ(guest_property(destination.root, guest, property), guest_property(source.root, guest, property))
            << property;
    EXPECT_EQ(source.agent.keys().payloads_of(guest).size(), 2U);
    EXPECT_NE(guest_property(source.root, guest, "LastUsed"), "0");
}

TEST_F(Export, HandsOverWhatIsLeftOfTheLease) {
    attach(source, "lease 3600\n");
    EXPECT_LE(lease_exported(), 3600);
    EXPECT_TRUE(wait_until([&] { return lease_exported() < 3600; }));
    import(bytes_returned(export_sealed(source.root, guest, certificate())));
    EXPECT_NE(guest_property(destination.root, guest, "LeaseExpires"), "0");
}

TEST_F(Export, IsToldWithTheHostThatItWasFor) {
    attach(source);
    Signals signals(source.root);
    (void)bytes_returned(export_sealed(source.root, guest, certificate(), {other_volume}));
    auto fingerprint = fingerprint_of(site / "host-cert.pem");
    std::erase(fingerprint, ':');
    std::transform(fingerprint.begin(), fingerprint.end(), fingerprint.begin(),
                   [](unsigned char c) { return std::tolower(c); });
    EXPECT_EQ(signals.next("KeysUsed").text, "\"" + guest + "\", [\"" + other_volume +
                                                 "\"], \"export\", \"done\", \"export of keys of guest " + guest +
                                                 " by uid 0 to the host with certificate " + fingerprint + "\"");
}

TEST_F(Export, HandsOverTheVolumesNamed) {
    attach(source);
    import(bytes_returned(export_sealed(source.root, guest, certificate(), {other_volume})));
    EXPECT_EQ(destination.agent.keys().payloads_of(guest), std::vector<std::string>{"two"});
    expect_error(export_sealed(source.root, guest, certificate(), {volume, uuid_of("none")}), "NoSuchVolume",
                 uuid_of("none"));
}

TEST_F(Export, OfAnOlderGenerationIsRefusedThere) {
    attach(source, "generation 1\n");
    attach(destination, "generation 2\n");
    const auto envelope = bytes_returned(export_sealed(source.root, guest, certificate()));
    expect_error(attach_sealed(destination.root, envelope), "StaleGeneration", "newer than 1");
}

TEST_F(Export, IsForThatHostAlone) {
    attach(source);
    const auto envelope = bytes_returned(export_sealed(source.root, guest, certificate()));
    expect_error(attach_sealed(source.root, envelope), "BadEnvelope", "not sealed to this host");
    EXPECT_NE(opened_by_command(envelope).find("\nkey one\n"), std::string::npos);
}

TEST_F(Export, LeavesNoKeyInTheMemoryOfEitherAgent) {
    const auto key = uuid_of("a key that is looked for") + uuid_of("and its other half");
    const auto attached =
        attach_keys(source.root, {guest, {{volume, {}}}, {}, false}, sealed_memfd(key + "\n")).answer();
    ASSERT_TRUE(attached.ok()) << attached;
    const auto envelope = bytes_returned(export_sealed(source.root, guest, certificate()));
    EXPECT_EQ(envelope.find(key), std::string::npos);
    EXPECT_FALSE(is_in_memory(source.agent.pid(), key));
    import(envelope);
    EXPECT_EQ(destination.agent.keys().payloads_of(guest), std::vector<std::string>{key});
    EXPECT_FALSE(is_in_memory(destination.agent.pid(), key));
}

TEST_F(Export, ToAHostOfAConfiguredCaIsAllowed) {
    const Host with_ca({{"TrustedAuthorities", site / "ca-cert.pem"}});
    attach(with_ca);
    import(bytes_returned(export_sealed(with_ca.root, guest, certificate())));
    EXPECT_EQ(destination.agent.keys().payloads_of(guest).size(), 2U);
}

TEST_F(Export, ToAHostThatIsNotTrustedIsRefused) {
    const Host trusting_nobody;
    make_ca(site, "other-ca");
    const Host with_other_ca({{"TrustedAuthorities", site / "other-ca-cert.pem"}});
    const Host pinning_itself(pinning(fingerprint_of(site / "ca-cert.pem")));
    for (const auto* host : {&trusting_nobody, &with_other_ca, &pinning_itself}) {
        attach(*host);
        expect_error(export_sealed(host->root, guest, certificate()), "NotTrusted", "'/CN=host' is not trusted");
        EXPECT_EQ(guest_property(host->root, guest, "LastUsed"), "0");
    }
}

TEST_F(Export, RefusesWhatItCannotDo) {
    attach(source);
    expect_error(export_sealed(source.root, uuid_of("unknown guest"), certificate()), "NoSuchGuest", "attach them");
    expect_error(export_sealed(source.root, "web", certificate()), "InvalidArgs", "'web'");
    expect_error(export_sealed(source.root, guest, "no certificate"), "InvalidArgs", "not a certificate in PEM");
    expect_error(export_sealed(source.root, guest, certificate(), {}, 0), "InvalidArgs", "valid-for");
    expect_error(export_sealed(source.root, guest, certificate(), {volume, volume}), "InvalidArgs", "given twice");
}

TEST_F(Export, OfMoreThanAnEnvelopeTakesIsRefused) {
    AttachArguments arguments{guest, {}, {}, false};
    std::string keys;
    for (int i = 0; i < 256; ++i) {
        arguments.volumes.push_back({uuid_of(std::to_string(i)), {}});
        keys += std::string(4096, 'k') + "\n";
    }
    ASSERT_TRUE(attach_keys(source.root, arguments, sealed_memfd(keys)).answer().ok());
    expect_error(export_sealed(source.root, guest, certificate()), "LimitsExceeded", "name some of its volumes");
}

} // namespace

} // namespace guestkeyd::test
