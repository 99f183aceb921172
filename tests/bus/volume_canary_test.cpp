// SPDX-License-Identifier: LGPL-2.1-or-later
#include "volume_bus_test.h"

#include "support/memory.h"
#include "support/project.h"
#include "support/sealed_calls.h"

#include <filesystem>
#include <fstream>
#include <iterator>

namespace guestkeyd::test {

namespace {

// Put together at run time, so that no program text holds it.
std::string make_canary(const std::string& name) {
    std::string canary = name;
    for (int i = 0; i < 6; ++i)
        canary += "-" + uuid_of(name + std::to_string(i)).substr(0, 8);
    return canary;
}

// Keys that came with jobs are nowhere once the jobs have ended.
class VolumeCanary : public VolumeBusTest, public testing::WithParamInterface<const char*> {
  protected:
    void SetUp() override { wait_for_libvirt(); }

    // A job that is done, one that fails, and tests of both.
    void use_canaries() {
        const OptionValues place{{"path", at("volume")}};
        const OptionValues options{{"format", GetParam()}, {"capacity", 8 * kMiB}};
        expect_end(create_volume(root, place, sealed_memfd(old_key + "\n"), options), "");
        expect_end(create_volume(root, place, pipe_with(old_key), options), "InvalidArgs");
        expect_end(reencrypt_volume(root, place, pipe_with(old_key + "\n" + new_key)), "");
        expect_end(reencrypt_volume(root, place, pipe_with(old_key + "x\n" + new_key + "x\n")), "WrongKey");
        EXPECT_EQ(opens(at("volume"), old_key), "false");
        EXPECT_EQ(opens(at("volume"), new_key), "true");
        use_canaries_sealed();
    }
    void use_canaries_sealed() {
        const auto certificate = text_returned(get_host_certificate(root));
        const auto call = [&](const char* method, const std::string& text) {
            return sealed_volume_call(root, method, {{"path", at("volume")}}, seal_to(certificate, text));
        };
        expect_end(call("ReencryptVolumeSealed", volume_envelope_text("reencrypt", at("volume"), {new_key, old_key})),
                   "");
        EXPECT_EQ(call("TestKeySealed", volume_envelope_text("test", at("volume"), {old_key})).answer().text, "true");
        const auto refused = call("TestKeySealed", "operation " + old_key + "\nvolume " + new_key + "\n").answer();
        EXPECT_EQ(short_name(refused), "BadEnvelope");
        expect_nowhere(refused.message, "the answer");
    }
    void expect_end(const Call& call, const std::string& end) const {
        EXPECT_EQ(end_of_job(root, job_of(call.answer())), end);
    }
    void expect_nowhere(const std::string& text, const std::string& where) const {
        for (const auto& key : {old_key, new_key})
            EXPECT_EQ(text.find(key), std::string::npos) << where;
    }

    const std::string old_key = make_canary("old");
    const std::string new_key = make_canary("new");
};

INSTANTIATE_TEST_SUITE_P(Each, VolumeCanary, testing::Values("luks2", "luks1", "qcow2"),
                         [](const auto& format) { return std::string(format.param); });

TEST_P(VolumeCanary, IsNeitherInMemoryNorInAKeyringNorInAFile) {
    use_canaries();
    for (const auto& key : {old_key, new_key}) {
        EXPECT_FALSE(is_in_memory(agent.pid(), key));
        EXPECT_FALSE(is_in_memory(bus.pid(), key));
    }
    EXPECT_EQ(agent.keys().serials().size(), 0U);
    EXPECT_EQ(manager_property(root, "KeyCount"), "0");
    expect_nowhere(agent.log(), "the agent's log");
    expect_nowhere(managed_objects(root).answer().text, "the jobs");
    for (const auto& entry : std::filesystem::directory_iterator(std::filesystem::path(at("volume")).parent_path())) {
        std::ifstream file(entry.path(), std::ios::binary);
        expect_nowhere({std::istreambuf_iterator<char>(file), {}}, entry.path());
        EXPECT_EQ(entry.path().filename(), "volume");
    }
}

} // namespace

} // namespace guestkeyd::test
