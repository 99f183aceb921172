// SPDX-License-Identifier: LGPL-2.1-or-later
// Volumes that are re-encrypted while a guest runs from them.
#include "vm/booted_guest.h"
#include "vm/mapped_guest.h"
#include "vm/online.h"

#include <iostream>

namespace guestkeyd::test {

namespace {

// A guest that writes to its disk all the time, which the agent has opened for it. It reads each block before it writes
// it anew, and ends at the first that is not what it has written. In the end the disk is read by cryptsetup, with the
// new key: neither the guest nor the agent has a say in that. What a block must be follows from its place and the
// guest's pass, so one that is lost, stale, elsewhere, or of the wrong volume key is seen.
class GuestInUse : public Online {
  protected:
    static void SetUpTestSuite() {
        host = &boot_host({.disks = {64 << 20}});
        host->run("vgcreate vg /dev/disk/by-id/virtio-disk0");
    }
    void SetUp() override {
        make_key(*host, new_key);
        guest.attach();
        expect_starts();
        expect_passes(3);
    }
    ~GuestInUse() override { host->try_run("virsh destroy " + name); }

    int passes() { return std::stoi(host->run("grep -c ^pass " + guest.serial())); }
    void expect_passes(int count) {
        EXPECT_TRUE(host->comes_true("[[ $(grep -c ^pass " + guest.serial() + ") -ge " + std::to_string(count) + " ]]"))
            << host->run("cat " + guest.serial());
    }
    std::string start(const std::string& options) {
        return reencrypt(guest.device(), guest.key_file(), new_key, options);
    }
    // In ms, since it said so many passes.
    std::string longest_wait(int said) {
        return host->run("sed -nE 's/^pass [0-9]+, longest wait ([0-9]+) ms.*/\\1/p' " + guest.serial() +
                         " | tail -n +" + std::to_string(said + 1) + " | sort -n | tail -n 1");
    }
    // The guest has read all of its disk since it was re-encrypted, and goes on.
    void expect_goes_on() {
        expect_nothing_left_of_it();
        expect_passes(passes() + 2);
        EXPECT_EQ(host->run("virsh domstate " + name), "running\n");
        EXPECT_NE(host->try_run("grep -E 'wrong|error' " + guest.serial()).status, 0);
    }
    void expect_all_is_there() {
        guest.destroy();
        EXPECT_TRUE(guest.is_closed_soon());
        const int said = passes();
        const auto on_disk = host->run("cryptsetup open --key-file=" + new_key + " " + guest.device() +
                                       " read\n/payload/tests/rig/writer --passes /dev/mapper/read || status=$?\n"
                                       "cryptsetup close read; exit ${status:-0}");
        EXPECT_GE(std::stoi(on_disk), said);
    }
    void expect_starts() {
        const auto started = guest.start();
        ASSERT_EQ(started.status, 0) << started.error;
        EXPECT_TRUE(guest.says(name + " runs"));
    }

    const std::string name = testing::UnitTest::GetInstance()->current_test_info()->name();
    const std::string new_key = "/root/new";
    MappedGuest guest{*host, name, MappedGuest::Program::Writes};
};

TEST_F(GuestInUse, IsNotHeldUpForLong) {
    std::cout << "longest wait of the guest: " << longest_wait(0) << " ms\n";
    const int before = passes();
    start("--hotzone=1M");
    expect_goes_on();
    std::cout << "... while its disk is re-encrypted: " << longest_wait(before) << " ms\n";
    expect_all_is_there();
    host->run(guest.attach_command(new_key));
    expect_starts();
}

TEST_F(GuestInUse, GoesOnWhenTheWorkerIsKilled) {
    const int before = passes();
    const auto job = begun(start("--no-wait --hotzone=512K"));
    kill_worker();
    wait_for(job);
    expect_goes_on();
    std::cout << "longest wait of the guest, with a killed worker: " << longest_wait(before) << " ms\n";
    expect_all_is_there();
}

} // namespace

} // namespace guestkeyd::test
