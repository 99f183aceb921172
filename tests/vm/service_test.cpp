// SPDX-License-Identifier: LGPL-2.1-or-later
// The service under systemd, as the packages install it.
#include "vm/booted_guest.h"
#include "vm/vm_test.h"

namespace guestkeyd::test {

namespace {

using testing::HasSubstr;
using testing::IsEmpty;

class Service : public testing::Test {
  protected:
    static void SetUpTestSuite() {
        host = &boot_host({}, Packages::NotInstalled);
        host->install_packages();
    }

    static std::string unit(const std::string& property) {
        return host->run("systemctl show guestkeyd --value --property=" + property);
    }
    static std::string keys_of_guest() { return host->run("guestkeyctl show --json=short " + std::string(kGuest)); }
    static void attach_key() {
        make_key(*host, "/root/key");
        host->run("guestkeyctl attach " + std::string(kGuest) +
                  " 9d2c3a52-54fb-4a2e-8c3a-6f1f1f1be2a7 --key-file=/root/key");
    }
    // Whether another process has taken the place of this one, with the same keys.
    static void expect_followed_by_another(const std::string& pid, const std::string& guest, const std::string& keys) {
        EXPECT_TRUE(host->comes_true("pid=$(systemctl show guestkeyd --value --property=MainPID)\n"
                                     "[[ $pid != 0 && $pid != " +
                                     pid + " ]] && guestkeyctl list"));
        EXPECT_EQ(keys_of_guest(), guest);
        EXPECT_EQ(keys_in_kernel(*host), keys);
    }
    // As systemd-analyze sees it: 0 is best, 10 is worst.
    static double exposure(const std::string& name) {
        const auto report = host->run("systemd-analyze security --no-pager " + name + " | tail -n 1");
        std::cout << name << ": " << report << "\n";
        return std::stod(report.substr(report.find(": ") + 2));
    }

    static constexpr auto kGuest = "3b0a6e2c-5a0f-4c55-9a3e-0f6b0a7d1c42";
    static Host* host;
};

Host* Service::host = nullptr;

TEST_F(Service, RunsOnceThePackagesAreInstalled) {
    EXPECT_EQ(unit("Type"), "notify");
    EXPECT_EQ(unit("ActiveState"), "active");
    EXPECT_EQ(host->run("systemctl is-enabled guestkeyd"), "enabled");
    EXPECT_THAT(host->run("guestkeyctl status"), HasSubstr("connected"));
    EXPECT_EQ(host->run("systemctl is-system-running"), "running");
}

TEST_F(Service, IsExposedNoMoreThan2) {
    EXPECT_LE(exposure("guestkeyd.service"), 2.0);
    EXPECT_LE(exposure("guestkeyd-volume-worker@0.service"), 2.5);
}

TEST_F(Service, StartsWhenItIsCalled) {
    host->run("systemctl stop guestkeyd");
    EXPECT_EQ(unit("ActiveState"), "inactive");
    host->run("busctl get-property org.guestkeyd1 /org/guestkeyd1 org.guestkeyd1.Manager Version");
    EXPECT_EQ(unit("ActiveState"), "active");
}

TEST_F(Service, ThatHangsIsReplacedByTheWatchdogAndItsKeysAreStillThere) {
    attach_key();
    const auto guest = keys_of_guest();
    const auto keys = keys_in_kernel(*host);
    const auto pid = unit("MainPID");
    host->run("kill -STOP " + pid);
    expect_followed_by_another(pid, guest, keys);
    EXPECT_THAT(host->run("journalctl --unit=guestkeyd"), HasSubstr("Watchdog timeout"));
}

TEST_F(Service, KeepsItsKeysWhenThePackagesAreInstalledAnew) {
    attach_key();
    const auto guest = keys_of_guest();
    const auto keys = keys_in_kernel(*host);
    const auto pid = unit("MainPID");
    host->run("apt-get install --yes --no-install-recommends --reinstall /payload/*.deb");
    expect_followed_by_another(pid, guest, keys);
}

TEST_F(Service, LeavesNoKeyBehindWhenItsHostIsBootedAgain) {
    attach_key();
    host->shut_down();
    host->boot();
    EXPECT_EQ(unit("ActiveState"), "active");
    EXPECT_THAT(keys_in_kernel(*host), IsEmpty());
    EXPECT_EQ(host->run("guestkeyctl list --json=short"), "[]");
}

} // namespace

} // namespace guestkeyd::test
