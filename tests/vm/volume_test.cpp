// SPDX-License-Identifier: LGPL-2.1-or-later
// Work on volumes of every kind, by the agent's worker in its sandbox.
#include "vm/booted_guest.h"
#include "vm/vm_test.h"

namespace guestkeyd::test {

namespace {

using testing::HasSubstr;
using testing::Not;

constexpr int kWrongKey = 13;

class VolumeOfAHost : public testing::Test {
  protected:
    static void SetUpTestSuite() {
        host = &boot_host({.disks = {256 << 20}});
        make_key(*host, "/root/old");
        make_key(*host, "/root/new");
        host->run("vgcreate vg /dev/disk/by-id/virtio-disk0\n"
                  "virsh pool-define-as images dir --target /var/lib/libvirt/images && virsh pool-start images\n"
                  "virsh pool-define-as logical logical --source-name vg && virsh pool-start logical");
    }

    static void make(const std::string& volume, const std::string& format, const std::string& size = "--size=8M") {
        host->run("guestkeyctl volume create " + volume + " --format=" + format + " " + size + " --key-file=/root/old");
    }
    static int opens(const std::string& volume, const std::string& key) {
        return host->try_run("guestkeyctl volume test " + volume + " --key-file=/root/" + key).status;
    }
    // It opens with the one key, and after it was encrypted anew with the other.
    static void expect_takes_a_new_key(const std::string& volume) {
        EXPECT_EQ(opens(volume, "old"), 0);
        EXPECT_EQ(opens(volume, "new"), kWrongKey);
        host->run("guestkeyctl volume reencrypt " + volume + " --key-file=/root/old --new-key-file=/root/new");
        EXPECT_EQ(opens(volume, "old"), kWrongKey);
        EXPECT_EQ(opens(volume, "new"), 0);
    }
    // A LUKS2 volume is what cryptsetup takes for one.
    static void expect_cryptsetup_opens(const std::string& device, const std::string& key) {
        host->run("cryptsetup open --test-passphrase --key-file=/root/" + key + " " + device);
    }

    static Host* host;
};

Host* VolumeOfAHost::host = nullptr;

TEST_F(VolumeOfAHost, InAFileTakesANewKey) {
    for (const std::string format : {"luks2", "luks1", "qcow2"}) {
        make("/var/lib/libvirt/images/file." + format, format);
        expect_takes_a_new_key("/var/lib/libvirt/images/file." + format);
    }
    expect_cryptsetup_opens("/var/lib/libvirt/images/file.luks2", "new");
}

TEST_F(VolumeOfAHost, OnLvmTakesANewKey) {
    host->run("lvcreate --yes --size=40M --name=crypt vg");
    make("/dev/vg/crypt", "luks2", "");
    expect_takes_a_new_key("/dev/vg/crypt");
    expect_cryptsetup_opens("/dev/vg/crypt", "new");
}

TEST_F(VolumeOfAHost, InAPoolOfFilesTakesANewKey) {
    for (const std::string format : {"luks2", "luks1", "qcow2"}) {
        make("images/pooled." + format, format);
        expect_takes_a_new_key("images/pooled." + format);
    }
    EXPECT_THAT(host->run("virsh vol-dumpxml pooled.qcow2 images"), HasSubstr("<encryption format='luks'"));
}

TEST_F(VolumeOfAHost, InAPoolOfLvmTakesANewKey) {
    make("logical/pooled", "luks2", "--size=16M");
    expect_takes_a_new_key("logical/pooled");
    expect_cryptsetup_opens("/dev/vg/pooled", "new");
}

TEST_F(VolumeOfAHost, ThatIsOpenIsLeftAlone) {
    host->run("lvcreate --yes --size=40M --name=open vg");
    make("/dev/vg/open", "luks2", "");
    host->run("cryptsetup open --key-file=/root/old /dev/vg/open open");
    const auto refused =
        host->try_run("guestkeyctl volume reencrypt /dev/vg/open --key-file=/root/old --new-key-file=/root/new");
    EXPECT_EQ(refused.status, 5) << refused.error;
    host->run("cryptsetup close open");
    expect_takes_a_new_key("/dev/vg/open");
}

TEST_F(VolumeOfAHost, IsTheWorkOfUnitsThatAreGoneAfterwards) {
    make("/var/lib/libvirt/images/units.luks2", "luks2");
    EXPECT_THAT(host->run("journalctl --unit='guestkeyd-volume-worker@*'"), HasSubstr("Guest Key Agent's Worker"));
    EXPECT_TRUE(host->comes_true("[[ -z $(systemctl list-units --quiet --legend=no 'guestkeyd-volume-worker@*') ]]"));
    EXPECT_THAT(host->run("journalctl -k"), Not(HasSubstr("apparmor=\"DENIED\"")));
}

} // namespace

} // namespace guestkeyd::test
