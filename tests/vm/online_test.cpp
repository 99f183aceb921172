// SPDX-License-Identifier: LGPL-2.1-or-later
// Volumes that are re-encrypted while somebody writes to them. Each test has a volume, open through dm-crypt, and a
// writer, and looks at every block in the end.
#include "vm/booted_guest.h"
#include "vm/online.h"

#include <chrono>
#include <iostream>

namespace guestkeyd::test {

namespace {

using testing::HasSubstr;
using testing::IsEmpty;

class VolumeInUse : public Online {
  protected:
    static void SetUpTestSuite() {
        host = &boot_host({.disks = {96 << 20}});
        make_key(*host, "/root/old");
        make_key(*host, "/root/new");
    }
    VolumeInUse() {
        host->run("guestkeyctl volume create " + kDisk +
                  " --format=luks2 --overwrite --key-file=/root/old\n"
                  "cryptsetup open --key-file=/root/old " +
                  kDisk +
                  " web && rm -rf /run/writer && mkdir /run/writer\n"
                  "/payload/tests/rig/writer /dev/mapper/web /run/writer &>/run/writer.log &\n"
                  "echo $! >/run/writer/pid");
        EXPECT_TRUE(host->comes_true("test -e /run/writer/ready"));
    }
    ~VolumeInUse() override {
        host->try_run("kill $(</run/writer/pid)");
        EXPECT_TRUE(host->comes_true("[[ ! -e /dev/mapper/web ]] || cryptsetup close web"));
    }

    static std::string start(const std::string& options = "") {
        return begun(reencrypt(kDisk, "/root/old", "/root/new", "--no-wait " + options));
    }
    // Everything is what the writer has written, read with the new key alone.
    static void expect_all_is_there() {
        expect_nothing_left_of_it();
        host->run("kill $(</run/writer/pid)");
        EXPECT_TRUE(host->comes_true("test -e /run/writer/list"));
        EXPECT_THAT(host->run("cat /run/writer.log"), IsEmpty());
        host->run("cryptsetup close web && cryptsetup open --key-file=/root/new " + kDisk +
                  " web && /payload/tests/rig/writer --verify /dev/mapper/web /run/writer");
        EXPECT_NE(host->try_run("cryptsetup open --test-passphrase --key-file=/root/old " + kDisk).status, 0);
    }

    inline static const std::string kDisk = "/dev/disk/by-id/virtio-disk0";
};

TEST_F(VolumeInUse, IsReencryptedAndNotHeldUpForLong) {
    std::pair<std::string, std::string> keys("old", "new");
    for (const std::string hotzone : {"4M", "16M", "1M"}) {
        const auto begin = std::chrono::steady_clock::now();
        host->run("rm -f /run/writer/stall");
        reencrypt(kDisk, "/root/" + keys.first, "/root/" + keys.second, "--hotzone=" + hotzone);
        std::cout << "hot zone " << hotzone << ": "
                  << std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count()
                  << " s, longest stall " << host->run("cat /run/writer/stall") << " ms\n";
        std::swap(keys.first, keys.second);
    }
    expect_all_is_there();
}

TEST_F(VolumeInUse, IsReencryptedOnWhileTheAgentDies) {
    start("--hotzone=512K");
    const auto process = worker();
    host->run("kill -9 $(systemctl show --value --property=MainPID guestkeyd)");
    EXPECT_TRUE(host->comes_true("[[ $(" + property("1", "State") + ") == 1 ]]"));
    EXPECT_EQ(worker(), process);
    wait_for("1");
    expect_all_is_there();
}

TEST_F(VolumeInUse, StaysOpenWhenTheJobIsCancelledAndGoesOn) {
    const auto job = start("--hotzone=512K");
    host->run("guestkeyctl job cancel " + job);
    host->try_run("guestkeyctl job wait --quiet " + job);
    EXPECT_EQ(state(job), "5");
    expect_nothing_left_of_it();
    wait_for(start());
    expect_all_is_there();
}

TEST_F(VolumeInUse, WhoseWorkerIsKilledGoesOnByItself) {
    const auto job = start("--hotzone=512K");
    for (int kills = 0; kills < 4; ++kills)
        kill_worker();
    wait_for(job);
    EXPECT_THAT(host->run("journalctl --unit=guestkeyd"), HasSubstr("another one is started"));
    expect_all_is_there();
}

TEST_F(VolumeInUse, WhoseWorkerDiedWithoutAnAgentGoesOnWithTheSameCall) {
    start("--hotzone=512K");
    host->run("systemctl stop guestkeyd && kill -9 " + worker() + " && systemctl start guestkeyd");
    EXPECT_EQ(state("1"), "4");
    EXPECT_THAT(host->run("journalctl --unit=guestkeyd"), HasSubstr("guestkeyctl volume reencrypt --online " + kDisk));
    wait_for(start());
    expect_all_is_there();
}

TEST_F(VolumeInUse, IsLeftInOrderWhenItsWorkerIsStoppedAsAtShutdown) {
    const auto job = start("--hotzone=512K");
    host->run("systemctl stop 'guestkeyd-online-worker@*'");
    host->try_run("guestkeyctl job wait --quiet " + job);
    EXPECT_EQ(state(job), "5");
    wait_for(start());
    expect_all_is_there();
}

} // namespace

} // namespace guestkeyd::test
