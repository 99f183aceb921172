// SPDX-License-Identifier: LGPL-2.1-or-later
// Volumes that guestkeyctl makes, and guests that boot from them.
#include "host/host_test.h"
#include "support/key_fd.h"
#include "support/project.h"

#include <gmock/gmock.h>

namespace guestkeyd::test {

namespace {

using testing::HasSubstr;

class HostVolume : public HostTest {
  protected:
    HostVolume() {
        write_file(dir / "old", kOldKey);
        write_file(dir / "new", kNewKey);
    }
    // In the folder of the keys.
    [[nodiscard]] Finished volume(const std::string& arguments) const {
        return run({"bash", "-c", "cd " + dir.path().string() + "; " GUESTKEYCTL_PROGRAM " volume " + arguments});
    }
    void expect_done(const std::string& arguments) const {
        const auto done = volume(arguments);
        EXPECT_EQ(done.status, 0) << arguments << "\n" << done.output << done.error;
    }
    void make_disk(const LibvirtGuest& guest, const std::string& format) const {
        expect_done("create " + guest.disk() + " --format=" + format + " --size=1M --key-file=old");
        guest.fill_disk(format, dir / "old");
    }
    void attach(const LibvirtGuest& guest, const std::string& key) const {
        const auto answer =
            attach_keys(root, {guest.uuid(), {{guest.volume(), {}}}, {}, false}, pipe_with(key)).answer();
        ASSERT_TRUE(answer.ok()) << answer;
    }
    void expect_boots(const LibvirtGuest& guest) const {
        const auto started = guest.start();
        ASSERT_EQ(started.status, 0) << started.error;
        EXPECT_TRUE(guest.boots());
    }
    // The same for each format that QEMU reads.
    void expect_life(const LibvirtGuest& guest) const {
        attach(guest, kOldKey);
        expect_boots(guest);
        const auto busy = volume("reencrypt " + guest.disk() + " --key-file=old --new-key-file=new");
        EXPECT_EQ(busy.status, 5) << busy.output;
        EXPECT_THAT(busy.error, HasSubstr("guest '" + guest.name() + "' is running"));
        ASSERT_EQ(guest.destroy().status, 0);
        expect_done("reencrypt " + guest.disk() + " --key-file=old --new-key-file=new");
        attach(guest, kOldKey);
        EXPECT_NE(guest.start().status, 0);
        attach(guest, kNewKey);
        expect_boots(guest);
    }

    const std::string kOldKey = "b2xkIGtleSBvZiAyNTYgYml0cyBvZiByYW5kb21uZXM=";
    const std::string kNewKey = "bmV3IGtleSBvZiAyNTYgYml0cyBvZiByYW5kb21uZXM=";
    const TempDir dir;
};

TEST_F(HostVolume, InQcow2BootsAGuestAndAfterReencryptionToo) {
    const LibvirtGuest guest("qcow2", {.disk = Disk::Missing});
    make_disk(guest, "qcow2");
    expect_life(guest);
}

TEST_F(HostVolume, InLuks1BootsAGuestAndAfterReencryptionToo) {
    const LibvirtGuest guest("luks1", {.disk = Disk::Missing});
    guest.define_with_raw_disk();
    make_disk(guest, "luks1");
    expect_life(guest);
}

TEST_F(HostVolume, InLuks2IsOpenedByCryptsetup) {
    expect_done("create ./volume --format=luks2 --size=1M --key-file=old");
    const auto file = (dir / "volume").string();
    EXPECT_EQ(run({"cryptsetup", "open", "--test-passphrase", "--key-file", dir / "old", file}).status, 0);
    expect_done("reencrypt ./volume --key-file=old --new-key-file=new");
    EXPECT_EQ(run({"cryptsetup", "open", "--test-passphrase", "--key-file", dir / "old", file}).status, 2);
    EXPECT_EQ(run({"cryptsetup", "open", "--test-passphrase", "--key-file", dir / "new", file}).status, 0);
}

TEST_F(HostVolume, IsMadeInAPoolOfLibvirt) {
    std::filesystem::create_directory(dir / "pool");
    ASSERT_EQ(virsh({"pool-create-as", "images", "dir", "--target", dir / "pool"}).status, 0);
    expect_done("create images/web1 --format=qcow2 --size=1M --key-file=old");
    expect_done("create images/web2 --format=luks1 --size=1M --key-file=old");
    EXPECT_THAT(virsh({"vol-dumpxml", "web1", "images"}).output, HasSubstr("<format type='qcow2'/>"));
    EXPECT_THAT(virsh({"vol-dumpxml", "web2", "images"}).output, HasSubstr("<encryption format='luks'"));
    expect_done("test images/web1 --key-file=old");
    EXPECT_EQ(volume("test images/web2 --key-file=new").status, 13);
    EXPECT_EQ(volume("create images/web1 --format=luks1 --size=1M --key-file=old").status, 2);
    EXPECT_EQ(virsh({"pool-destroy", "images"}).status, 0);
}

} // namespace

} // namespace guestkeyd::test
