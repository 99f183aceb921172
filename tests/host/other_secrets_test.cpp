// SPDX-License-Identifier: LGPL-2.1-or-later
// Secrets of a guest that are not of encrypted disks.
#include "host/host_test.h"
#include "support/key_fd.h"

#include <gmock/gmock.h>

namespace guestkeyd::test {

namespace {

using testing::HasSubstr;

class OtherSecrets : public HostTest {
  protected:
    void attach_secret(const LibvirtGuest& to, const std::string& key,
                       const std::vector<std::pair<std::string, std::string>>& options = {}) const {
        const AttachArguments arguments{to.uuid(), {{secret, options}}, {}, false};
        const auto answer = attach_keys(root, arguments, pipe_with(key + "\n")).answer();
        ASSERT_TRUE(answer.ok()) << answer;
    }
    // Redefines the guest with one device more.
    void add_device(const LibvirtGuest& to, const std::string& device) const {
        auto xml = virsh({"dumpxml", "--inactive", to.name()}).output;
        xml.insert(xml.find("</devices>"), device);
        write_file(dir / "xml", xml);
        const auto defined = virsh({"define", dir / "xml"});
        ASSERT_EQ(defined.status, 0) << defined.error;
    }
    // With a source of no host's; QEMU fails on it after libvirt has looked the secret up.
    static std::string network_disk(const std::string& protocol, const std::string& secret_element) {
        return "<disk type='network' device='disk'><driver name='qemu' type='raw'/><source protocol='" + protocol +
               "' name='iqn.2013-07.com.example:pool/1'><host name='127.0.0.1' port='1'/><auth username='libvirt'>" +
               secret_element + "</auth></source><target dev='vdb' bus='virtio'/></disk>";
    }
    [[nodiscard]] Answer hook(const LibvirtGuest& of, const char* operation) const {
        const auto xml = virsh({"dumpxml", of.name()}).output;
        Call call(root, {kManagerPath, kManagerInterface, "GuestHook"});
        return call.with("ssssh", of.uuid().c_str(), operation, "begin", "-", pipe_with(xml).get()).answer();
    }
    [[nodiscard]] std::string secret_xml() const { return virsh({"secret-dumpxml", secret}).output; }
    // libvirt finds the secret as it is published, its type is the one it wants, and QEMU gets it; but QEMU has no
    // driver.
    void expect_start_to_get_past_the_secret(const LibvirtGuest& of, const std::string& driver) const {
        const auto started = of.start();
        EXPECT_NE(started.status, 0);
        EXPECT_THAT(started.error, HasSubstr("-secret\":\"libvirt-1-storage-auth-secret0\""));
        EXPECT_THAT(started.error, HasSubstr("Unknown driver '" + driver + "'"));
        EXPECT_TRUE(wait_until([] { return secrets_of_libvirt().empty(); }));
    }

    const std::string secret = uuid_of("a secret that is not of a disk");
    const TempDir dir;
};

TEST_F(OtherSecrets, OfCephIsPublishedAsSuch) {
    const LibvirtGuest guest{"ceph", {.disk = Disk::None}};
    add_device(guest, network_disk("rbd", "<secret type='ceph' uuid='" + secret + "'/>"));
    EXPECT_THAT(guest.start().error, HasSubstr("no key of volume " + secret));
    attach_secret(guest, "AQBHCbtT6APDHhAA5W00cBchwkQjh3dkKsyPjw==");
    const auto prepared = hook(guest, "prepare");
    EXPECT_TRUE(prepared.ok()) << prepared;
    EXPECT_THAT(secret_xml(), HasSubstr("<usage type='ceph'>"));
    EXPECT_TRUE(hook(guest, "release").ok());
    expect_start_to_get_past_the_secret(guest, "rbd");
}

TEST_F(OtherSecrets, OfCephIsRefusedUnlessInBase64) {
    const LibvirtGuest guest{"ceph", {.disk = Disk::None}};
    add_device(guest, network_disk("rbd", "<secret type='ceph' uuid='" + secret + "'/>"));
    attach_secret(guest, "not from Ceph");
    EXPECT_THAT(guest.start().error, HasSubstr("attach what ceph auth get-key prints"));
    EXPECT_EQ(secrets_of_libvirt(), "");
}

TEST_F(OtherSecrets, OfIscsiIsFoundByItsUsage) {
    const LibvirtGuest guest{"iscsi", {.disk = Disk::None}};
    add_device(guest, network_disk("iscsi", "<secret type='iscsi' usage='target of web &amp; mail'/>"));
    attach_secret(guest, "a password for CHAP", {{"usage-type", "iscsi"}, {"usage-id", "another target"}});
    EXPECT_THAT(guest.start().error, HasSubstr("no key of secret iscsi:target of web & mail"));
    attach_secret(guest, "a password for CHAP", {{"usage-type", "iscsi"}, {"usage-id", "target of web & mail"}});
    const auto prepared = hook(guest, "prepare");
    EXPECT_TRUE(prepared.ok()) << prepared;
    EXPECT_THAT(secret_xml(), HasSubstr("<target>target of web &amp; mail</target>"));
    EXPECT_TRUE(hook(guest, "release").ok());
    expect_start_to_get_past_the_secret(guest, "iscsi");
}

class VirtualTpm : public OtherSecrets {
  protected:
    VirtualTpm() {
        add_device(guest, "<tpm model='tpm-crb'><backend type='emulator' version='2.0'><encryption secret='" + secret +
                              "'/></backend></tpm>");
    }
    void start_with_keys() const {
        attach(guest);
        attach_secret(guest, LibvirtGuest::key());
        const auto started = guest.start();
        ASSERT_EQ(started.status, 0) << started.error;
        EXPECT_TRUE(guest.boots());
    }
    [[nodiscard]] std::string state_file() const {
        return read_file("/var/lib/libvirt/swtpm/" + guest.uuid() + "/tpm2/tpm2-00.permall");
    }

    const LibvirtGuest guest{"with a TPM"};
};

TEST_F(VirtualTpm, KeepsItsStateEncryptedWithAKeyOfTheGuest) {
    start_with_keys();
    EXPECT_TRUE(wait_until([] { return secrets_of_libvirt().empty(); }));
    // The header of swtpm's files: two versions, then the size of the header, then flags, of which 1 says encrypted.
    const auto state = state_file();
    ASSERT_GT(state.size(), 8U);
    EXPECT_EQ(state[5] & 1, 1);
    ASSERT_EQ(guest.destroy().status, 0);
    ASSERT_TRUE(wait_until([&] { return agent.keys().keys_of(guest.uuid()).empty(); }));
    start_with_keys();
}

TEST_F(VirtualTpm, DoesNotStartWithoutTheKeyOfItsStateOrWithAnother) {
    start_with_keys();
    ASSERT_EQ(guest.destroy().status, 0);
    ASSERT_TRUE(wait_until([&] { return agent.keys().keys_of(guest.uuid()).empty(); }));
    attach(guest);
    EXPECT_THAT(guest.start().error, HasSubstr("no key of volume " + secret));
    attach_secret(guest, "another key");
    EXPECT_NE(guest.start().status, 0);
    EXPECT_EQ(guest.state(), "shut off");
    start_with_keys();
}

} // namespace

} // namespace guestkeyd::test
