// SPDX-License-Identifier: LGPL-2.1-or-later
// README's first five minutes on a fresh host, run as they stand there, with nothing but the packages.
#include "support/readme.h"
#include "vm/vm_test.h"

namespace guestkeyd::test {

namespace {

using testing::HasSubstr;

class ReadmeOnAHost : public testing::Test {
  protected:
    void SetUp() override {
        ASSERT_GE(blocks.size(), 3U);
        leaves_at = blocks[2].find("virsh destroy");
        refused_at = blocks[2].rfind("virsh start");
        ASSERT_LT(leaves_at, refused_at);
    }
    const std::vector<std::string> blocks = blocks_of_readme("## First five minutes");
    std::size_t leaves_at = 0;
    std::size_t refused_at = 0;
};

TEST_F(ReadmeOnAHost, LinesTakeAGuestFromThePackagesToItsEndInTheFirstFiveMinutes) {
    auto& host = boot_host({}, Packages::NotInstalled);
    host.install_packages();
    host.run("cd /root\n" + blocks[0] + blocks[1] + blocks[2].substr(0, leaves_at));
    EXPECT_THAT(host.run("virsh domstate web1"), HasSubstr("running"));
    EXPECT_THAT(host.run("guestkeyctl list"), HasSubstr("running"));
    EXPECT_THAT(host.run("virsh qemu-monitor-command web1 --hmp 'info block'"), HasSubstr("encrypted"));
    host.run(blocks[2].substr(leaves_at, refused_at - leaves_at));
    EXPECT_TRUE(host.comes_true("[[ $(guestkeyctl list --json=short) == '[]' ]]"));
    EXPECT_THAT(host.try_run(blocks[2].substr(refused_at)).error, HasSubstr("guestkeyd: no key of volume"));
}

} // namespace

} // namespace guestkeyd::test
