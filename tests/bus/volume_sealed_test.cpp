// SPDX-License-Identifier: LGPL-2.1-or-later
#include "volume_bus_test.h"

#include "support/sealed_calls.h"

namespace guestkeyd::test {

namespace {

// Keys for work on volumes that come in envelopes, as openssl(1) makes them.
class SealedVolumes : public VolumeBusTest {
  protected:
    void SetUp() override { wait_for_libvirt(); }

    [[nodiscard]] std::string seal(const std::string& operation, const std::vector<std::string>& keys) const {
        return seal_text(volume_envelope_text(operation, at("volume"), keys));
    }
    [[nodiscard]] std::string seal_text(const std::string& text) const { return seal_to(certificate, text); }
    [[nodiscard]] Call call(const char* method, const std::string& envelope, const OptionValues& options = {}) const {
        return sealed_volume_call(root, method, {{"path", at("volume")}}, envelope, options);
    }
    void expect_bad(const char* method, const std::string& envelope, const std::string& words) const {
        const auto answer = call(method, envelope).answer();
        EXPECT_EQ(short_name(answer), "BadEnvelope") << answer;
        EXPECT_NE(answer.message.find(words), std::string::npos) << answer;
    }

    const std::string certificate = text_returned(get_host_certificate(nobody));
};

class SealedVolume : public SealedVolumes, public testing::WithParamInterface<const char*> {};

INSTANTIATE_TEST_SUITE_P(Each, SealedVolume, testing::Values("luks2", "luks1", "qcow2"),
                         [](const auto& format) { return std::string(format.param); });

TEST_P(SealedVolume, IsMadeTestedAndEncryptedAnewAsWithKeysThatComeInAPipe) {
    const auto created =
        job_of(call("CreateVolumeSealed", seal("create", {kOldKey}), {{"format", GetParam()}, {"capacity", 8 * kMiB}})
                   .answer());
    EXPECT_EQ(end_of_job(root, created), "") << job_property(root, created, "ErrorMessage");
    EXPECT_EQ(opens(at("volume"), kOldKey), "true");
    const auto changed = job_of(call("ReencryptVolumeSealed", seal("reencrypt", {kOldKey, kNewKey})).answer());
    EXPECT_EQ(end_of_job(root, changed), "") << job_property(root, changed, "ErrorMessage");
    EXPECT_EQ(call("TestKeySealed", seal("test", {kNewKey})).answer().text, "true");
    EXPECT_EQ(call("TestKeySealed", seal("test", {kOldKey})).answer().text, "false");
}

TEST_F(SealedVolumes, AreRefusedKeysThatWereSealedForAnotherOperation) {
    make("luks1");
    expect_bad("TestKeySealed", seal("create", {kOldKey}), "something else than test of volume");
    expect_bad("ReencryptVolumeSealed", seal("test", {kOldKey}), "something else than reencrypt of volume");
}

TEST_F(SealedVolumes, AreRefusedKeysThatWereSealedForAnotherVolumeOrForAGuest) {
    make("luks1");
    const auto other = seal_text(volume_envelope_text("test", at("other"), {kOldKey}));
    expect_bad("TestKeySealed", other, "something else than test of volume");
    expect_bad("TestKeySealed", seal_text(text_of(EnvelopeText{guest, {{volume, kOldKey}}})), "line 1");
    const auto answer = attach_sealed(root, seal("test", {kOldKey})).answer();
    EXPECT_EQ(short_name(answer), "BadEnvelope") << answer;
}

TEST_F(SealedVolumes, AreRefusedExpiredAlteredAndMalformedEnvelopes) {
    make("luks1");
    const auto expired = volume_envelope_text("test", at("volume"), {kOldKey}, std::chrono::seconds(0));
    expect_bad("TestKeySealed", seal_text(expired), "expired");
    auto altered = seal("test", {kOldKey});
    altered.back() = static_cast<char>(altered.back() ^ 1);
    expect_bad("TestKeySealed", altered, "was altered");
    expect_bad("TestKeySealed", "", "not CMS");
    expect_bad("TestKeySealed", seal("test", {}), "one key at least");
}

TEST_F(SealedVolumes, NeedAsManyKeysAsWithoutAnEnvelope) {
    make("luks1");
    EXPECT_EQ(short_name(call("TestKeySealed", seal("test", {kOldKey, kNewKey})).answer()), "InvalidArgs");
    EXPECT_EQ(short_name(call("ReencryptVolumeSealed", seal("reencrypt", {kOldKey})).answer()), "InvalidArgs");
    EXPECT_EQ(short_name(call("TestKeySealed", seal("test", {std::string(4097, 'k')})).answer()), "InvalidArgs");
}

TEST_F(SealedVolumes, OfPoolsAreNamedInTheEnvelopeAsTheirJobsAre) {
    const auto envelope = seal_text(volume_envelope_text("test", "no-pool/volume", {kOldKey}));
    const OptionValues nowhere{{"pool", "no-pool"}, {"name", "volume"}};
    EXPECT_EQ(short_name(sealed_volume_call(root, "TestKeySealed", nowhere, envelope).answer()), "NoSuchVolume");
}

} // namespace

} // namespace guestkeyd::test
