// SPDX-License-Identifier: LGPL-2.1-or-later
// The plug is pulled in the middle of a re-encryption.
#include "vm/booted_guest.h"
#include "vm/vm_test.h"

namespace guestkeyd::test {

namespace {

using testing::HasSubstr;

class PowerCut : public testing::Test {
  protected:
    static void SetUpTestSuite() { host = &boot_host({.disks = {192 << 20}}); }

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
                  " --format=luks2 --key-file=/root/old\n"
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

    static const std::string kDisk;
    static Host* host;
};

const std::string PowerCut::kDisk = "/dev/disk/by-id/virtio-disk0";
Host* PowerCut::host = nullptr;

TEST_F(PowerCut, InTheMiddleOfAReencryptionLosesNothing) {
    make_volume_with_content();
    const auto sum = sum_of_content("old");
    const auto job = host->run(reencrypt() + "--no-wait");
    ASSERT_TRUE(host->comes_true("guestkeyctl job list --json=short | grep -E '\"progress\":0\\.[3-7]'"));
    host->power_cut();
    host->boot();
    EXPECT_THAT(host->run("cryptsetup luksDump " + kDisk), HasSubstr("online-reencrypt"));
    EXPECT_TRUE(opens("old") || opens("new"));
    host->run(reencrypt());
    EXPECT_FALSE(opens("old"));
    EXPECT_EQ(sum_of_content("new"), sum);
}

} // namespace

} // namespace guestkeyd::test
