// SPDX-License-Identifier: LGPL-2.1-or-later
// A user who is not root, and Debian's polkitd with the rules that the package has as an example.
#include "vm/booted_guest.h"
#include "vm/vm_test.h"

namespace guestkeyd::test {

namespace {

using testing::HasSubstr;
using testing::Not;

class PolkitRules : public testing::Test {
  protected:
    static void SetUpTestSuite() {
        host = &boot_host({});
        host->run("useradd webshop");
        make_key(*host, "/root/key");
        host->run(
            "zcat -f /usr/share/doc/guestkeyd/examples/50-guestkeyd.rules* >/etc/polkit-1/rules.d/50-guestkeyd.rules");
        ASSERT_TRUE(host->comes_true(kAsWebshop + "guestkeyctl attach " + kGranted + kVolume)); // polkitd has seen it
    }
    static Finished as_webshop(const std::string& arguments) {
        return host->try_run(kAsWebshop + "guestkeyctl " + arguments);
    }

    static const std::string kGranted;
    static const std::string kOther;
    static const std::string kVolume;
    static const std::string kAsWebshop;
    static Host* host;
};

// As in the example.
const std::string PolkitRules::kGranted = "3b0a6e2c-5a0f-4c55-9a3e-0f6b0a7d1c42";
const std::string PolkitRules::kOther = "52d0ba6b-2a0e-4d3a-9a2f-3c0b6a4a1c11";
const std::string PolkitRules::kVolume = " 9d2c3a52-54fb-4a2e-8c3a-6f1f1f1be2a7";
const std::string PolkitRules::kAsWebshop = "</root/key runuser -u webshop -- ";
Host* PolkitRules::host = nullptr;

TEST_F(PolkitRules, LetAUserBringAndWipeTheKeysOfOneGuest) {
    EXPECT_EQ(as_webshop("attach " + kGranted + kVolume).status, 0);
    EXPECT_EQ(as_webshop("purge " + kGranted).status, 0);
    EXPECT_EQ(host->run("guestkeyctl list --json=short"), "[]");
}

TEST_F(PolkitRules, RefuseTheKeysOfAnotherGuest) {
    const auto refused = as_webshop("attach " + kOther + kVolume);
    EXPECT_EQ(refused.status, 3) << refused.error;
    host->run("guestkeyctl attach " + kOther + kVolume + " --key-file=/root/key");
    EXPECT_NE(as_webshop("purge " + kOther).status, 0);
    EXPECT_THAT(host->run("guestkeyctl list --json=short"), HasSubstr(kOther));
    host->run("guestkeyctl purge " + kOther);
}

TEST_F(PolkitRules, ShowAUserNoOtherGuestThanHisOwn) {
    host->run("guestkeyctl attach " + kOther + kVolume + " --key-file=/root/key");
    host->run("guestkeyctl attach " + kGranted + kVolume + " --key-file=/root/key");
    EXPECT_THAT(as_webshop("show " + kGranted).output, HasSubstr(kGranted));
    const auto not_there = as_webshop("show 0d1c4f0e-9d0c-4d94-8d55-4dd20a1a6c66");
    const auto not_his = as_webshop("show " + kOther);
    EXPECT_EQ(not_his.status, not_there.status);
    EXPECT_THAT(not_his.output, Not(HasSubstr(kOther)));
    host->run("guestkeyctl purge --all");
}

} // namespace

} // namespace guestkeyd::test
