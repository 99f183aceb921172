// SPDX-License-Identifier: LGPL-2.1-or-later
// The service under systemd, as the packages install it.
#include "vm/vm_test.h"

namespace guestkeyd::test {

namespace {

using testing::HasSubstr;

class Service : public testing::Test {
  protected:
    static void SetUpTestSuite() { host = &boot_host({}); }

    static std::string unit(const std::string& property) {
        return host->run("systemctl show guestkeyd --value --property=" + property);
    }

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

} // namespace

} // namespace guestkeyd::test
