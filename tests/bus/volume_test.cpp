// SPDX-License-Identifier: LGPL-2.1-or-later
#include "volume_bus_test.h"

#include "support/luks_content.h"

#include <filesystem>

namespace guestkeyd::test {

namespace {

class Volume : public VolumeBusTest, public testing::WithParamInterface<const char*> {};

INSTANTIATE_TEST_SUITE_P(Each, Volume, testing::Values("luks2", "luks1", "qcow2"),
                         [](const auto& format) { return std::string(format.param); });

TEST_P(Volume, ThatIsMadeIsOpenedByItsKeyAlone) {
    wait_for_libvirt();
    const auto path = make(GetParam());
    EXPECT_EQ(opens(path, kOldKey), "true");
    EXPECT_EQ(opens(path, kNewKey), "false");
}

TEST_P(Volume, ThatIsEncryptedAnewIsOpenedByTheNewKeyAlone) {
    wait_for_libvirt();
    const auto path = make(GetParam());
    const auto job = start_reencrypt(path);
    EXPECT_EQ(end_of_job(root, job), "") << job_property(root, job, "ErrorMessage");
    EXPECT_EQ(opens(path, kOldKey), "false");
    EXPECT_EQ(opens(path, kNewKey), "true");
}

TEST_P(Volume, IsLeftAloneWhenTheOldKeyIsWrong) {
    wait_for_libvirt();
    const auto path = make(GetParam());
    const auto call = reencrypt_volume(root, {{"path", path}}, pipe_with(kNewKey + "\nanother key\n"));
    const auto job = job_of(call.answer());
    EXPECT_EQ(end_of_job(root, job), "WrongKey");
    EXPECT_NE(job_property(root, job, "ErrorMessage").find("neither key opens it"), std::string::npos);
    EXPECT_EQ(opens(path, kOldKey), "true");
}

TEST_P(Volume, IsNotMadeWhereThereIsOneAlready) {
    wait_for_libvirt();
    const auto path = make(GetParam());
    EXPECT_EQ(end_of_job(root, start_create(path, GetParam())), "InvalidArgs");
    const OptionValues options{{"format", GetParam()}, {"capacity", 8 * kMiB}, {"overwrite", true}};
    const auto call = create_volume(root, {{"path", path}}, pipe_with(kNewKey), options);
    EXPECT_EQ(end_of_job(root, job_of(call.answer())), "");
    EXPECT_EQ(opens(path, kNewKey), "true");
}

class Volumes : public VolumeBusTest {};

TEST_F(Volumes, KeepTheirContent) {
    wait_for_libvirt();
    for (const auto* format : {"luks1", "luks2"}) {
        const auto path = make(format, 16 * kMiB, format);
        LuksContent(path, kOldKey).fill();
        EXPECT_EQ(end_of_job(root, start_reencrypt(path)), "");
        EXPECT_EQ(LuksContent(path, kNewKey).bad_sectors(), 0U);
    }
}

TEST_F(Volumes, ThatAreNoneAreNotTested) {
    EXPECT_EQ(opens(at("nothing"), kOldKey), "NoSuchVolume");
    write_file(at("text"), std::string(1 << 20, 'x'));
    EXPECT_EQ(opens(at("text"), kOldKey), "NotLuks");
    EXPECT_EQ(opens(at(""), kOldKey), "InvalidArgs");
    std::filesystem::create_directory(at("folder"));
    EXPECT_EQ(opens(at("folder"), kOldKey), "Unsupported");
}

TEST_F(Volumes, AreMadeWithTheLabelAndTheSectorsThatAreAskedFor) {
    wait_for_libvirt();
    const OptionValues options{{"format", "luks2"},
                               {"capacity", 8 * kMiB},
                               {"label", "web1"},
                               {"sector-size", 4096U},
                               {"key-size", 256U},
                               {"cipher", "aes-xts-plain64"},
                               {"pbkdf", std::string("minimal")}};
    const auto job = job_of(create_volume(root, {{"path", at("volume")}}, pipe_with(kOldKey), options).answer());
    ASSERT_EQ(end_of_job(root, job), "") << job_property(root, job, "ErrorMessage");
    const auto dump = run({"cryptsetup", "luksDump", at("volume")});
    for (const auto* expected : {"Label:         \tweb1", "sector: 4096", "Cipher:     aes-xts-plain64", "256 bits"})
        EXPECT_NE(dump.output.find(expected), std::string::npos) << expected << "\n" << dump.output;
}

TEST_F(Volumes, OfAPoolThatLibvirtDoesNotHaveAreNotThere) {
    wait_for_libvirt();
    const OptionValues nowhere{{"pool", "no-pool"}, {"name", "volume"}};
    EXPECT_EQ(short_name(test_key(root, nowhere, pipe_with(kOldKey)).answer()), "NoSuchVolume");
    const auto job =
        job_of(create_volume(root, nowhere, pipe_with(kOldKey), {{"format", "luks1"}, {"capacity", kMiB}}).answer());
    EXPECT_EQ(end_of_job(root, job), "NoSuchVolume");
    EXPECT_EQ(job_property(root, job, "Volume"), "no-pool/volume");
}

TEST_F(Volumes, LeaveALineInTheJournalOfWhatWasDoneWithThem) {
    wait_for_libvirt();
    const auto path = make("luks1");
    EXPECT_EQ(opens(path, kOldKey), "true");
    end_of_job(root, start_reencrypt(at("nothing")));
    for (const auto& line :
         {"create of volume '" + path + "' for uid 0 done", "test of volume '" + path + "' for uid 0 done",
          "reencrypt of volume '" + at("nothing") + "' for uid 0 failed: "})
        EXPECT_NE(agent.log().find(line), std::string::npos) << line;
}

// libvirt's test driver has this pool, but no storage behind it.
TEST_F(Volumes, InAPoolThatCannotBeMadeAreDeletedThere) {
    wait_for_libvirt();
    const OptionValues place{{"pool", "default-pool"}, {"name", "volume"}};
    const OptionValues options{{"format", "luks1"}, {"capacity", kMiB}};
    for (int i = 0; i < 2; ++i) {
        const auto job = job_of(create_volume(root, place, pipe_with(kOldKey), options).answer());
        EXPECT_EQ(end_of_job(root, job), "NoSuchVolume") << job_property(root, job, "ErrorMessage");
    }
    EXPECT_EQ(short_name(test_key(root, place, pipe_with(kOldKey)).answer()), "NoSuchVolume");
}

} // namespace

} // namespace guestkeyd::test
