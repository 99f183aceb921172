// SPDX-License-Identifier: LGPL-2.1-or-later
// guestkey with one host, its database and volumes.
#include "guestkey_fixture.h"
#include "support/sealed_calls.h"

#include <filesystem>

namespace guestkeyd::test {

namespace {

class Guestkey : public GuestkeyTest {};

TEST_F(Guestkey, MakesAVolumeThatItsKeyOpens) {
    expect("volume create here ./disk --format=luks1 --size=8M", 0, "in the domain XML its secret is");
    expect("volume test ./disk", 0, "the current key opens volume");
    expect("volume test ./another", 4, "no volume");
    expect("volume list", 0, at("disk") + " here luks1  ready");
}

TEST_F(Guestkey, SaysHowTheDeviceOfAVolumeIsCalledThatTheHostOpens) {
    expect("volume create here ./disk --format=luks2 --size=8M", 0,
           "in the domain XML its disk is\n/dev/mapper/guestkey-");
    make("luks2", 8 * kMiB, "theirs");
    write_file(at("key"), kOldKey + "\n");
    expect("volume import here ./theirs --key-file=key --uuid=" + volume, 0, "/dev/mapper/guestkey-" + volume);
    expect("volume show " + volume, 0, "/dev/mapper/guestkey-" + volume);
}

TEST_F(Guestkey, SetsUpNoGuestThatCouldNotOpenItsVolumes) {
    const auto set_up_with = [this](const std::string& disk) {
        write_file(at("web.xml"), "<domain><name>web</name><uuid>" + guest + "</uuid><devices><disk>" + disk +
                                      "</disk></devices></domain>");
        return "guest setup web --host=here --xml=web.xml";
    };
    const auto secret = [](const std::string& uuid) {
        return "<source file='/disk'><encryption><secret uuid='" + uuid + "'/></encryption></source>";
    };
    const auto mapped = [](const std::string& uuid) { return "<source dev='/dev/mapper/guestkey-" + uuid + "'/>"; };
    const auto for_host = create("./luks2 --format=luks2 --size=8M");
    const auto for_qemu = create("./luks1 --format=luks1 --size=8M");
    expect(set_up_with(secret(for_host)), 2, "its disk is\n/dev/mapper/guestkey-" + for_host);
    expect(set_up_with(mapped(for_qemu)), 2, "its secret is\n" + for_qemu);
    expect(set_up_with(mapped(volume)), 4, "has no key of: /dev/mapper/guestkey-" + volume);
    expect("guest list", 0, "No guests");
}

TEST_F(Guestkey, IsContentWithAReaderThatHasReadEnough) {
    const auto listed =
        finish(in_shell("mkfifo pipe && exec 3<>pipe 4>pipe 3<&- " GUESTKEY_PROGRAM " volume list >&4"));
    EXPECT_EQ(listed.status, 0);
    EXPECT_EQ(listed.error, "");
    expect("volume list >/dev/full", 9, "cannot write to standard output");
}

TEST_F(Guestkey, MakesAVolumeOnceHoweverOftenItIsAsked) {
    const auto first = create("./disk --format=luks1 --size=8M");
    EXPECT_EQ(create("./disk --format=luks1 --size=8M"), first);
    expect("volume create here ./disk --format=luks1 --size=16M", 2, "another format or size");
}

TEST_F(Guestkey, LeavesWhatIsThereAlone) {
    write_file(at("disk"), "data of somebody");
    expect("volume create here ./disk --format=luks1 --size=8M", 2,
           "holds data; to destroy that, say so with the option");
    EXPECT_EQ(read_file(at("disk")), "data of somebody");
    expect("status", 0, "or leave it: guestkey volume forget");
    expect("volume forget ./disk", 0, "forgotten");
    EXPECT_EQ(read_file(at("disk")), "data of somebody");
}

TEST_F(Guestkey, DestroysWhatIsThereWhenItIsToldTo) {
    write_file(at("disk"), "data of somebody");
    expect("volume create here ./disk --format=luks1 --size=8M --overwrite", 0, "is there");
    const auto header = read_file(at("disk"));
    expect("volume create here ./disk --format=luks1 --size=8M --overwrite", 0, "is there");
    EXPECT_EQ(read_file(at("disk")), header); // it was made already
    expect("volume test ./disk", 0, "the current key opens");
}

TEST_F(Guestkey, GivesAVolumeANewKeyAndKeepsTheOldOne) {
    const auto disk = create("./disk --format=luks2 --size=16M");
    expect("volume rekey " + disk, 0, "has a new key");
    EXPECT_EQ(keys("current", disk), 1);
    EXPECT_EQ(keys("old", disk), 1);
    EXPECT_EQ(keys("new", disk), 0);
    expect("volume test " + disk, 0, "the current key opens");
}

TEST_F(Guestkey, TakesAVolumeThatIsThereWithItsKey) {
    make("luks1", 8 * kMiB, "theirs");
    write_file(at("wrong"), "a wrong key\n");
    write_file(at("right"), kOldKey + "\n");
    expect("volume import here ./theirs --key-file=wrong", 13, "nothing was changed");
    expect("volume import here ./theirs --key-file=right --uuid=" + volume, 0, volume);
    expect("volume test " + volume, 0, "the current key opens");
    expect("volume rekey " + volume, 0, "has a new key");
    EXPECT_EQ(opens(at("theirs"), kOldKey), "false");
}

TEST_F(Guestkey, SaysWhatIsMissingOnItsCommandLine) {
    expect("guest migrate web", 2, "guest migrate wants the option --to");
    expect("guest setup web", 2, "guest setup wants the option --host");
    expect("volume", 2, "'volume' alone is no command");
    expect("host add far test:///nowhere/at/all --agent=root@far", 7, "virsh -c test:///nowhere/at/all list");
    expect("export backup --passphrase-file=nowhere", 2, "give the name of a file");
}

TEST_F(Guestkey, ForgetsAVolumeOnlyWhenItIsToldTo) {
    const auto disk = create("./disk --format=luks1 --size=8M");
    expect("volume forget " + disk, 0, "forgotten");
    expect("volume test " + disk, 4, "no volume");
    expect("host remove here", 5, "their keys stay");
}

TEST_F(Guestkey, WarnsUntilThereIsABackupAndComesBackFromIt) {
    write_file(at("phrase"), "correct horse\n");
    write_file(at("wrong"), "incorrect horse\n");
    EXPECT_EQ(guestkey("status").output.find("in no backup"), std::string::npos);
    const auto disk = create("./disk --format=luks1 --size=8M");
    expect("status", 0, "in no backup");
    expect("export backup --passphrase-file=phrase", 0, "backup made");
    EXPECT_EQ(guestkey("status").output.find("in no backup"), std::string::npos);
    std::filesystem::remove_all(at("data"));
    expect("init --key-file=another", 0, "made");
    expect("import backup --passphrase-file=wrong", 13, "the passphrase is wrong");
    expect("import backup --passphrase-file=phrase", 0, "added 1 host, 1 volume");
    expect("volume test " + disk, 0, "the current key opens");
}

TEST_F(Guestkey, OpensItsDatabaseWithAPassphraseOrACredential) {
    write_file(at("phrase"), "correct horse\n");
    write_file(at("wrong"), "wrong horse\n");
    expect("protect --passphrase-file=phrase", 0, "another passphrase");
    expect("host list --unlock=wrong", 13, "the passphrase is wrong");
    expect("host list --unlock=phrase", 0, "here up");
    expect("host list </dev/null", 2, "--unlock=FILE");
    std::filesystem::create_directory(at("credentials"));
    write_file(at("credentials/guestkey"), "correct horse\n");
    const auto listed = run({GUESTKEY_PROGRAM, "host", "list"}, {{"DBUS_SYSTEM_BUS_ADDRESS", bus.address()},
                                                                 {"XDG_DATA_HOME", at("data")},
                                                                 {"CREDENTIALS_DIRECTORY", at("credentials")}});
    EXPECT_EQ(listed.status, 0) << listed.error;
}

TEST_F(Guestkey, SaysThatAHostIsDownAndLosesNothing) {
    const auto disk = create("./disk --format=luks2 --size=8M");
    agent.stop();
    expect("host list", 0, "down: guestkeyd is not running");
    expect("volume rekey " + disk, 7, "host 'here': guestkeyd is not running");
    EXPECT_EQ(keys("current", disk), 1);
    agent.start();
    expect("volume rekey " + disk, 0, "has a new key");
}

TEST_F(Guestkey, SaysThatTheCertificateOfAHostHasChanged) {
    ASSERT_TRUE(rotate_host_certificate(root).answer().ok());
    expect("host list", 0, "certificate changed");
}

TEST_F(Guestkey, HasNoKeyOfAVolumeInItsFilesOrItsOutput) {
    write_file(at("canary"), "canary-5f3a1c9e7b2d\n");
    ASSERT_EQ(end_of_job(root, job_of(create_volume(root, {{"path", at("theirs")}}, pipe_with("canary-5f3a1c9e7b2d\n"),
                                                    {{"format", "luks1"}, {"capacity", 8 * kMiB}})
                                          .answer())),
              "");
    expect("volume import here ./theirs --key-file=canary --uuid=" + volume, 0, volume);
    expect("volume rekey " + volume, 0, "new key");
    EXPECT_EQ(guestkey("volume show -j " + volume).output.find("canary"), std::string::npos);
    for (const auto& file : std::filesystem::recursive_directory_iterator(at("data")))
        if (file.is_regular_file()) {
            EXPECT_EQ(read_file(file.path()).find("canary-5f3a"), std::string::npos) << file.path();
        }
}

TEST_F(Guestkey, SaysHowItIsUsed) {
    expect("--help", 0, "volume create HOST VOLUME");
    expect("frobnicate", 2, "unknown command 'frobnicate'");
    expect("volume create here", 2, "guestkey volume create HOST VOLUME");
    expect("host list --size=1M", 2, "does not go with");
    expect("volume create nowhere ./disk --size=8M", 2, "no host 'nowhere'");
}

} // namespace

} // namespace guestkeyd::test
