// SPDX-License-Identifier: LGPL-2.1-or-later
#include "volume_bus_test.h"

namespace guestkeyd::test {

namespace {

class VolumeArguments : public VolumeBusTest {
  protected:
    std::string refusal(const OptionValues& place, const OptionValues& options, const std::string& key = "a key\n") {
        return short_name(create_volume(root, place, pipe_with(key), options).answer());
    }
    void TearDown() override { EXPECT_EQ(manager_property(root, "JobCount"), "0"); }

    const OptionValues here{{"path", at("volume")}};
    const OptionValues luks1{{"format", "luks1"}, {"capacity", 8 * kMiB}};
};

TEST_F(VolumeArguments, NameOneVolumeInOneWay) {
    const std::vector<OptionValues> places{
        {},
        {{"pool", "default-pool"}},
        {{"name", "volume"}},
        {{"path", "/tmp/volume"}, {"pool", "default-pool"}, {"name", "volume"}},
        {{"pool", "default-pool"}, {"name", "../../etc/volume"}},
        {{"pool", "default-pool"}, {"name", "."}},
        {{"pool", ""}, {"name", "volume"}},
        {{"path", "/tmp/volume"}, {"force", true}},
        {{"path", 7U}},
    };
    for (std::size_t i = 0; i < places.size(); ++i)
        EXPECT_EQ(refusal(places[i], luks1), "InvalidArgs") << i;
}

TEST_F(VolumeArguments, SpellPathsInOneWay) {
    for (const auto* path : {"", "volume", "./volume", "/", "/tmp/", "/tmp//volume", "/tmp/./volume", "/tmp/../volume",
                             "/tmp/..", "/tmp/.", "/tmp/new\nline"})
        EXPECT_EQ(refusal({{"path", path}}, luks1), "InvalidArgs") << path;
}

TEST_F(VolumeArguments, AreOptionsThatThereAre) {
    const std::vector<OptionValues> options{
        {},
        {{"format", "luks3"}},
        {{"format", "qcow2"}},
        {{"format", "luks1"}, {"capacity", std::uint64_t{1000}}},
        {{"format", "luks1"}, {"capacity", "8M"}},
        {{"format", "luks1"}, {"label", "web1"}},
        {{"format", "luks1"}, {"pbkdf", "argon2id"}},
        {{"format", "luks2"}, {"pbkdf", "scrypt"}},
        {{"format", "luks2"}, {"key-size", 100U}},
        {{"format", "luks2"}, {"cipher", "aes"}},
        {{"format", "luks2"}, {"hotzone", std::uint64_t{4096}}},
        {{"format", "luks2"}, {"unknown", true}},
    };
    for (std::size_t i = 0; i < options.size(); ++i)
        EXPECT_EQ(refusal(here, options[i]), "InvalidArgs") << i;
}

TEST_F(VolumeArguments, OfReencryptVolumeAreItsOwn) {
    const std::vector<OptionValues> options{
        {{"format", "luks2"}},
        {{"capacity", 8 * kMiB}},
        {{"overwrite", true}},
        {{"resilience", "none"}},
        {{"hotzone", std::uint64_t{1}}},
        {{"target", "relative"}},
        {{"online", "yes"}},
        {{"online", true}, {"target", "/dev/null"}},
    };
    for (std::size_t i = 0; i < options.size(); ++i)
        EXPECT_EQ(short_name(reencrypt_volume(root, here, pipe_with("old\nnew\n"), options[i]).answer()), "InvalidArgs")
            << i;
}

TEST_F(VolumeArguments, HaveAsManyKeysAsAreNeeded) {
    for (const auto* keys : {"", "\n", "one\ntwo\n", "\xff\n"})
        EXPECT_EQ(refusal(here, luks1, keys), "InvalidArgs") << keys;
    EXPECT_EQ(refusal(here, luks1, std::string(5000, 'k')), "LimitsExceeded");
    for (const auto* keys : {"one\n", "one\n\n", "one\ntwo\nthree\n"})
        EXPECT_EQ(short_name(reencrypt_volume(root, here, pipe_with(keys)).answer()), "InvalidArgs") << keys;
}

TEST_F(VolumeArguments, NameTheKeyThatIsRefused) {
    const auto answer = reencrypt_volume(root, here, pipe_with("one\n\n")).answer();
    EXPECT_EQ(answer.message, "the new key of volume '" + at("volume") + "' is empty; pass one key a line");
}

TEST_F(VolumeArguments, OfCancelHaveNoOptions) {
    const auto job = start_create(at("volume"), "luks1");
    EXPECT_EQ(end_of_job(root, job), "");
    Call call(root, {job, kJobInterface, "Cancel"});
    EXPECT_EQ(short_name(call.with("a{sv}", 1, "force", "b", 1).answer()), "InvalidArgs");
}

} // namespace

} // namespace guestkeyd::test
