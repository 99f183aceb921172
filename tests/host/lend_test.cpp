// SPDX-License-Identifier: LGPL-2.1-or-later
// Keys for what libvirt does with disks of a guest that runs, of which no hook tells.
#include "host/host_test.h"
#include "support/key_fd.h"

#include <gmock/gmock.h>

namespace guestkeyd::test {

namespace {

using testing::HasSubstr;

class Lend : public HostTest {
  protected:
    // The guest runs, and a key of another volume is attached.
    void SetUp() override {
        const AttachArguments both{guest.uuid(), {{guest.volume(), {}}, {extra, {}}}, {}, false};
        const auto keys = LibvirtGuest::key() + "\n" + LibvirtGuest::key() + "\n";
        ASSERT_TRUE(attach_keys(root, both, pipe_with(keys)).answer().ok());
        ASSERT_EQ(guest.start().status, 0);
        ASSERT_TRUE(wait_until([] { return secrets_of_libvirt().empty(); }));
    }
    void lend(std::uint32_t seconds = 600) const {
        const auto answer = lend_keys(root, guest.uuid(), {extra}, seconds).answer();
        ASSERT_TRUE(answer.ok()) << answer;
        EXPECT_THAT(secrets_of_libvirt(), HasSubstr(extra));
    }
    [[nodiscard]] static bool takes_all_back() {
        return wait_until([] { return secrets_of_libvirt().empty(); });
    }
    // The command is refused for want of the secret, and works while that is lent.
    void expect_to_need_a_loan(const std::vector<std::string>& command) const {
        const auto refused = virsh(command);
        EXPECT_NE(refused.status, 0);
        EXPECT_THAT(refused.error, HasSubstr("Secret not found"));
        lend();
        const auto done = run_until_formatted(command);
        EXPECT_EQ(done.status, 0) << done.error;
        EXPECT_TRUE(withdraw_keys(root, guest.uuid()).answer().ok());
        EXPECT_EQ(secrets_of_libvirt(), "");
        EXPECT_EQ(guest.state(), "running");
    }
    // QEMU measures the processor when it formats a volume, and at random fails to.
    [[nodiscard]] Finished run_until_formatted(const std::vector<std::string>& command) const {
        Finished done{};
        EXPECT_TRUE(wait_until([&] {
            done = virsh(command);
            const bool failed = done.error.find("accurate CPU usage") != std::string::npos;
            if (failed)
                std::filesystem::remove(dir / "file");
            return !failed;
        }));
        return done;
    }
    // A file with the XML, in which @ stands for an encrypted file in the test's folder, of that type.
    [[nodiscard]] std::string xml_of(std::string xml, const std::string& element) const {
        const auto file = "<" + element + " file='" + (dir / "file").string() +
                          "'><encryption format='luks'><secret type='passphrase' uuid='" + extra +
                          "'/></encryption></" + element + ">";
        xml.replace(xml.find('@'), 1, file);
        write_file(dir / "xml", xml);
        return dir / "xml";
    }
    void hook(const std::string& operation) const {
        const auto xml = virsh({"dumpxml", guest.name()}).output;
        Call call(root, {kManagerPath, kManagerInterface, "GuestHook"});
        call.with("ssssh", guest.uuid().c_str(), operation.c_str(), "begin", "-", pipe_with(xml).get());
        const auto answer = call.answer();
        EXPECT_TRUE(answer.ok()) << answer;
    }

    const LibvirtGuest guest{"borrower"};
    const std::string extra = uuid_of("another volume");
    const TempDir dir;
};

TEST_F(Lend, LetsAnEncryptedDiskBePluggedInto) {
    make_encrypted_volume(dir / "file");
    expect_to_need_a_loan({"attach-device", guest.name(),
                           xml_of("<disk type='file' device='disk'><driver name='qemu' type='qcow2'/>@"
                                  "<target dev='vdb' bus='virtio'/></disk>",
                                  "source")});
}

TEST_F(Lend, LetsASnapshotHaveAnEncryptedOverlay) {
    expect_to_need_a_loan({"snapshot-create", guest.name(),
                           xml_of("<domainsnapshot><disks><disk name='vda' snapshot='external'>"
                                  "<driver type='qcow2'/>@</disk></disks></domainsnapshot>",
                                  "source"),
                           "--disk-only", "--no-metadata"});
}

TEST_F(Lend, LetsADiskBeCopiedToAnEncryptedOne) {
    expect_to_need_a_loan({"blockcopy", guest.name(), "vda", "--xml",
                           xml_of("<disk type='file'><driver name='qemu' type='qcow2'/>@</disk>", "source"), "--wait",
                           "--pivot", "--transient-job"});
}

TEST_F(Lend, LetsABackupBeEncrypted) {
    expect_to_need_a_loan({"backup-begin", guest.name(),
                           xml_of("<domainbackup><disks><disk name='vda' type='file'><driver type='qcow2'/>@</disk>"
                                  "</disks></domainbackup>",
                                  "target")});
}

TEST_F(Lend, EndsWhenTheTimeIsUp) {
    lend(2);
    EXPECT_TRUE(takes_all_back());
    EXPECT_EQ(agent.keys().keys_of(guest.uuid()).size(), 2U);
}

TEST_F(Lend, IsBegunAndEndedWithGuestkeyctl) {
    const auto lent = run({GUESTKEYCTL_PROGRAM, "lend", guest.name(), extra, "--for=10min"});
    EXPECT_EQ(lent.output, "lent 1 key of guest " + guest.uuid() + " to libvirt for 600 seconds\n") << lent.error;
    EXPECT_THAT(secrets_of_libvirt(), HasSubstr(extra));
    const auto withdrawn = run({GUESTKEYCTL_PROGRAM, "withdraw", guest.name()});
    EXPECT_EQ(withdrawn.output, "took back what was lent of guest " + guest.uuid() + "\n") << withdrawn.error;
    EXPECT_EQ(secrets_of_libvirt(), "");
}

TEST_F(Lend, OfEverythingIsOfEachKey) {
    EXPECT_TRUE(lend_keys(root, guest.uuid(), {}, 600).answer().ok());
    EXPECT_THAT(secrets_of_libvirt(), HasSubstr(extra));
    EXPECT_THAT(secrets_of_libvirt(), HasSubstr(guest.volume()));
    EXPECT_TRUE(withdraw_keys(root, guest.uuid()).answer().ok());
    EXPECT_EQ(secrets_of_libvirt(), "");
}

TEST_F(Lend, EndsWithTheKeys) {
    lend();
    ASSERT_EQ(guest.destroy().status, 0);
    EXPECT_TRUE(takes_all_back());
}

TEST_F(Lend, EndsWithTheAgent) {
    lend();
    agent.stop();
    EXPECT_EQ(secrets_of_libvirt(), "");
    agent.start();
}

TEST_F(Lend, EndsWithTheNextAgentIfThisOneIsKilled) {
    lend();
    agent.kill9();
    EXPECT_THAT(secrets_of_libvirt(), HasSubstr(extra));
    agent.start();
    EXPECT_TRUE(takes_all_back());
    EXPECT_EQ(guest.state(), "running");
}

TEST_F(Lend, EndsWithLibvirtdAndCanBeginAnew) {
    lend();
    libvirtd("restart");
    EXPECT_TRUE(hears_libvirt());
    EXPECT_EQ(secrets_of_libvirt(), "");
    lend();
}

TEST_F(Lend, EndsNotBeforeAStartHasHadTheSameKey) {
    EXPECT_TRUE(lend_keys(root, guest.uuid(), {guest.volume()}, 600).answer().ok());
    hook("prepare");
    EXPECT_TRUE(withdraw_keys(root, guest.uuid()).answer().ok());
    EXPECT_THAT(secrets_of_libvirt(), HasSubstr(guest.volume()));
    hook("started");
    EXPECT_TRUE(takes_all_back());
}

TEST_F(Lend, OutlastsAStartThatNeededTheSameKey) {
    hook("prepare");
    EXPECT_TRUE(lend_keys(root, guest.uuid(), {guest.volume()}, 600).answer().ok());
    hook("started");
    lend(); // of another volume; when it is answered, libvirt has had all that came before
    EXPECT_THAT(secrets_of_libvirt(), HasSubstr(guest.volume()));
    EXPECT_TRUE(withdraw_keys(root, guest.uuid()).answer().ok());
    EXPECT_EQ(secrets_of_libvirt(), "");
}

TEST_F(Lend, LeavesASecretOfLibvirtsOwnAlone) {
    const LibvirtSecret secret(extra, LibvirtGuest::key());
    lend();
    EXPECT_TRUE(withdraw_keys(root, guest.uuid()).answer().ok());
    EXPECT_THAT(secrets_of_libvirt(), HasSubstr(extra));
}

} // namespace

} // namespace guestkeyd::test
