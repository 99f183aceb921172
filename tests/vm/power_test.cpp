// SPDX-License-Identifier: LGPL-2.1-or-later
// The plug is pulled in the middle of a re-encryption, and the kernel crashes under a guest.
#include "vm/booted_guest.h"
#include "vm/mapped_guest.h"
#include "vm/vm_test.h"

namespace guestkeyd::test {

namespace {

using testing::HasSubstr;
using testing::IsEmpty;

class SuddenEnd : public testing::Test {
  protected:
    static void SetUpTestSuite() { host = &boot_host({.disks = {192 << 20, 32 << 20}}); }

    static std::string sum_of_content(const std::string& key) {
        return host->run("cryptsetup open --key-file=/root/" + key + " " + kDisk +
                         " content\n"
                         "sha256sum </dev/mapper/content\n"
                         "cryptsetup close content");
    }
    static void make_volume_with_content() {
        make_key(*host, "/root/old");
        make_key(*host, "/root/new");
        host->run("guestkeyctl volume create " + kDisk +
                  " --format=luks2 --overwrite --key-file=/root/old\n"
                  "cryptsetup open --key-file=/root/old " +
                  kDisk +
                  " content\n"
                  "openssl rand $(blockdev --getsize64 /dev/mapper/content) >/dev/mapper/content\n"
                  "cryptsetup close content; sync");
    }
    static bool opens(const std::string& key) {
        return host->try_run("guestkeyctl volume test " + kDisk + " --key-file=/root/" + key).status == 0;
    }
    static std::string reencrypt() {
        return "guestkeyctl volume reencrypt " + kDisk + " --key-file=/root/old --new-key-file=/root/new ";
    }

    static void cut_in_the_middle_of(const std::string& call) {
        host->run(call + "--no-wait");
        ASSERT_TRUE(host->comes_true("guestkeyctl job list --json=short | grep -E '\"progress\":0\\.[3-7]'"));
        host->power_cut();
        host->boot();
        EXPECT_THAT(host->run("cryptsetup luksDump " + kDisk), HasSubstr("online-reencrypt"));
        EXPECT_TRUE(opens("old") || opens("new"));
    }
    static void expect_goes_on_to(const std::string& sum) {
        host->run(reencrypt());
        EXPECT_FALSE(opens("old"));
        EXPECT_EQ(sum_of_content("new"), sum);
    }

    static const std::string kDisk;
    static Host* host;
};

const std::string SuddenEnd::kDisk = "/dev/disk/by-id/virtio-disk0";
Host* SuddenEnd::host = nullptr;

TEST_F(SuddenEnd, InTheMiddleOfAReencryptionLosesNothing) {
    make_volume_with_content();
    const auto sum = sum_of_content("old");
    cut_in_the_middle_of(reencrypt());
    expect_goes_on_to(sum);
}

TEST_F(SuddenEnd, InTheMiddleOfAReencryptionWhileItIsOpenLosesNothing) {
    make_volume_with_content();
    const auto sum = sum_of_content("old");
    host->run("cryptsetup open --key-file=/root/old " + kDisk + " web");
    cut_in_the_middle_of(reencrypt() + "--online ");
    EXPECT_THAT(host->try_run(reencrypt() + "--online").error, HasSubstr("without the option online"));
    expect_goes_on_to(sum);
}

TEST_F(SuddenEnd, OfTheKernelLeavesNeitherKeysNorMappingsAndTheGuestStartsAgain) {
    host->run("vgcreate vg /dev/disk/by-id/virtio-disk1");
    MappedGuest guest(*host, "web");
    guest.attach();
    EXPECT_EQ(guest.start().status, 0);
    EXPECT_TRUE(guest.says("web runs"));
    host->crash();
    host->boot();
    EXPECT_THAT(keys_in_kernel(*host), IsEmpty());
    EXPECT_THAT(host->run("guestkeyctl list --no-legend"), IsEmpty());
    EXPECT_FALSE(guest.is_open());
    EXPECT_NE(guest.start().status, 0);
    guest.attach();
    EXPECT_EQ(guest.start().status, 0);
    EXPECT_TRUE(guest.says("web runs"));
    guest.destroy();
    EXPECT_TRUE(guest.is_closed_soon());
}

} // namespace

} // namespace guestkeyd::test
