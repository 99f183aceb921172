// SPDX-License-Identifier: LGPL-2.1-or-later
// Debian's virt-install, through guestkey, on a real libvirt host.
#include "host/virt_test.h"
#include "support/random_kills.h"

#include <csignal>
#include <gmock/gmock.h>

namespace guestkeyd::test {

namespace {

using testing::HasSubstr;
using testing::Not;

class VirtInstall : public VirtTest {
  protected:
    void expect_refused(const std::string& arguments, const std::string& words) const {
        expect(install("web", arguments), 1, words);
        EXPECT_EQ(virsh({"domstate", "web"}).output, "");
        EXPECT_EQ(volumes(), "");
        EXPECT_TRUE(std::filesystem::is_empty(pool()));
    }
    [[nodiscard]] std::string uuid_of_volume(const std::string& volume) const {
        return shell(GUESTKEY_PROGRAM " volume list --no-legend | awk '$1 == \"" + volume + "\" { printf $NF }'")
            .output;
    }
};

TEST_F(VirtInstall, EncryptsTheDisksThatItCreates) {
    expect(install("web", "--encrypt --disk pool=default,size=0.001,format=qcow2 --disk path=" + pool("data.img") +
                              ",size=0.001,format=raw"),
           0, "Domain creation completed");
    EXPECT_EQ(virsh({"domstate", "web"}).output, "running\n");
    EXPECT_TRUE(is_encrypted(pool("web.qcow2")));
    EXPECT_TRUE(is_encrypted(pool("data.img")));
    for (const auto* volume : {"default/web.qcow2", "default/data.img"}) {
        EXPECT_THAT(xml_of("web"), HasSubstr("<secret type='passphrase' uuid='" + uuid_of_volume(volume) + "'/>"));
        expect("volume test " + std::string(volume), 0, "the current key opens");
    }
    EXPECT_THAT(guests_with_keys(), testing::MatchesRegex("web +here +2 .*\n"));
    EXPECT_THAT(secrets_of_libvirt(), Not(HasSubstr(uuid_of_volume("default/web.qcow2"))));
}

TEST_F(VirtInstall, RunsAGuestFromAVolumeThatIsThereWithItsKeyFromTheDatabase) {
    const LibvirtGuest guest("web", {.defined = false});
    know_disk_of(guest);
    expect(install("web", "--encrypt --disk " + guest.disk() +
                              " --disk pool=default,size=0.001 --serial file,path=" + guest.file("serial").string()),
           0, "Domain creation completed");
    EXPECT_TRUE(guest.boots());
    ASSERT_EQ(guest.destroy().status, 0);
    expect("guest setup web --host=here", 0, "with 2 keys");
    EXPECT_EQ(guest.start().status, 0);
    EXPECT_TRUE(guest.boots());
}

TEST_F(VirtInstall, TakesThePassphraseOnceForAllThatItDoes) {
    write_file(dir / "passphrase", "correct horse battery staple\n");
    expect("protect --passphrase-file=passphrase", 0, "");
    expect("--unlock=- " + install("web", "--encrypt --disk pool=default,size=0.001 <passphrase"), 0, "completed");
    EXPECT_TRUE(is_encrypted(pool("web.qcow2")));
    write_file(dir / "wrong", "incorrect\n");
    expect("--unlock=wrong " + install("other", "--encrypt --disk pool=default,size=0.001"), 13,
           "the passphrase is wrong");
    EXPECT_EQ(virsh({"domstate", "other"}).output, "");
}

TEST_F(VirtInstall, LeavesNothingOfAGuestThatLibvirtRefuses) {
    expect_refused("--encrypt --disk pool=default,size=0.001,cache=stale", "'stale'");
    EXPECT_EQ(guests_with_keys(), "");
    EXPECT_THAT(guests(), Not(HasSubstr("/org/guestkeyd1/guest/")));
}

TEST_F(VirtInstall, MakesNothingOfWhatCannotBeEncrypted) {
    expect_refused("--encrypt --disk pool=default,size=0.001,format=vmdk", "cannot be encrypted");
    expect_refused("--encrypt --disk none", "no disk would be created");
    expect_refused("--encrypt --disk pool=default,size=0.001,backing_store=" + pool("base.qcow2"), "a backing store");
}

TEST_F(VirtInstall, WithoutItsHostSaysHowToAddIt) {
    expect("host remove here", 0, "");
    expect_refused("--encrypt --disk pool=default,size=0.001", "guestkey host add NAME qemu:///system");
}

TEST_F(VirtInstall, SaysThatTheLibvirtOfOneUserGetsNoKeys) {
    expect_refused("--encrypt --disk size=0.001 --connect qemu:///session", "connect to qemu:///system");
}

TEST_F(VirtInstall, WithoutAKeyDatabaseSaysHowToMakeOne) {
    std::filesystem::remove_all(dir / "data");
    expect(install("web", "--encrypt --disk pool=default,size=0.001"), 2, "guestkey init");
    EXPECT_TRUE(std::filesystem::is_empty(pool()));
    expect(tool("virt-install") + " --help", 0, "--encrypt");
}

TEST_F(VirtInstall, SaysTheSameAsDebiansOfAllElse) {
    const auto arguments = " " + options("web") +
                           " --uuid 3b0a6e2c-5a0f-4c55-9a3e-0f6b0a7d1c42 --print-xml --disk "
                           "pool=default,size=0.001,serial=S1 --boot menu=on --metadata title='a b'";
    const auto debians = shell("virt-install --connect qemu:///system" + arguments);
    ASSERT_THAT(debians.output, HasSubstr("<title>a b</title>"));
    ASSERT_EQ(virsh({"vol-delete", "web.qcow2", "default"}).status, 0); // it makes that even so
    EXPECT_EQ(guestkey(tool("virt-install") + arguments).output, debians.output);
    EXPECT_FALSE(is_encrypted(pool("web.qcow2")));
}

TEST_F(VirtInstall, PrintsXmlThatNamesTheSecretsOfWhatItMade) {
    const auto printed = guestkey(install("web", "--encrypt --print-xml --disk pool=default,size=0.001"));
    EXPECT_TRUE(is_encrypted(pool("web.qcow2")));
    EXPECT_THAT(printed.output, HasSubstr("uuid=\"" + uuid_of_volume("default/web.qcow2") + "\""));
    EXPECT_EQ(guests_with_keys(), "");
}

TEST_F(VirtInstall, GoesOnWithADiskThatWasInterruptedWhileItWasMade) {
    Process interrupted(command("volume create here default/web.qcow2 --size=1M"));
    ASSERT_TRUE(wait_until([&] { return guests().find("/org/guestkeyd1/job/") != std::string::npos; }));
    interrupted.end(SIGKILL);
    ASSERT_THAT(volumes(), HasSubstr("being made"));
    ASSERT_TRUE(
        wait_until([&] { return agent.log().find("create of volume 'default/web.qcow2'") != std::string::npos; }));
    expect(install("web", "--encrypt --disk path=" + pool("web.qcow2") + ",size=0.001"), 0, "completed");
    EXPECT_EQ(virsh({"domstate", "web"}).output, "running\n");
    expect("volume test default/web.qcow2", 0, "the current key opens");
}

TEST_F(VirtInstall, KilledAtAnyMomentGoesOnWhenItIsGivenAgain) {
    const auto words = install("web", "--encrypt --disk path=" + pool("web.img") + ",size=0.001,format=raw");
    RandomKills kills(3);
    for (unsigned round = 0; round <= kills.rounds(); ++round) {
        if (round == 0)
            kills.take_time_of(command(words));
        else
            kills.run_and_kill(command(words));
        // What others were doing for it comes to its end; then there is a whole guest, or none.
        EXPECT_TRUE(wait_until([] { return run({"pgrep", "-x", "guestkey"}).status == 1; }));
        EXPECT_TRUE(wait_until([] {
            const auto state = virsh({"domstate", "web"}).output;
            return state.empty() || state == "running\n";
        }));
        (void)shell("virsh destroy web; virsh undefine web");
        expect(words, 0, "Domain creation completed");
        EXPECT_TRUE(is_encrypted(pool("web.img")));
        expect("volume test default/web.img", 0, "the current key opens");
        EXPECT_EQ(virsh({"domstate", "web"}).output, "running\n");
        expect("guest destroy web", 0, "");
        expect("volume forget default/web.img", 0, "");
        EXPECT_EQ(virsh({"vol-delete", "web.img", "default"}).status, 0);
    }
}

} // namespace

} // namespace guestkeyd::test
