// SPDX-License-Identifier: LGPL-2.1-or-later
// Debian's virt-manager, through guestkey, in real windows of an X server without a screen.
#include "host/virt_test.h"
#include "support/project.h"

#include <gmock/gmock.h>

namespace guestkeyd::test {

namespace {

using testing::HasSubstr;

class VirtManager : public VirtTest {
  protected:
    void SetUp() override {
        VirtTest::SetUp();
        // A picture changes only when something does.
        const auto made = shell("mkdir -p config/gtk-3.0 config/glib-2.0/settings\n"
                                "cat >config/gtk-3.0/settings.ini <<END\n"
                                "[Settings]\ngtk-enable-animations=0\ngtk-cursor-blink=0\nEND\n"
                                "cat >config/glib-2.0/settings/keyfile <<END\n"
                                "[org/virt-manager/virt-manager]\nxmleditor-enabled=true\nEND\n");
        ASSERT_EQ(made.status, 0) << made.error;
    }
    // virt_manager.py knows what there is to do, in the window that the option opens.
    void expect_done(const std::string& what, const std::string& option = "") const {
        const auto finished =
            shell("export XDG_RUNTIME_DIR=$PWD XDG_CONFIG_HOME=$PWD/config GSETTINGS_BACKEND=keyfile\n"
                  "dbus-run-session -- xvfb-run --auto-servernum --server-args='-screen 0 1280x900x24' "
                  "/usr/bin/python3 -B " +
                  project_file("tests/host/virt_manager.py").string() + " " + what + " " + picture(what) +
                  " " GUESTKEY_PROGRAM " " + tool("virt-manager") + " --no-fork --debug " + option);
        EXPECT_EQ(finished.status, 0) << finished.output << finished.error << agent.log();
    }
    // Of the dialog, to be looked at.
    [[nodiscard]] static std::string picture(const std::string& what) {
        return std::string(std::getenv("RIG_DIR")) + "/" + what + ".png"; // NOLINT(concurrency-mt-unsafe)
    }
};

TEST_F(VirtManager, MakesAnEncryptedVolumeThatVirtInstallThenUses) {
    expect_done("new-volume", "--show-host-summary");
    EXPECT_TRUE(is_encrypted(pool("data.qcow2")));
    expect("volume test default/data.qcow2", 0, "the current key opens");
    expect(install("web", "--disk vol=default/data.qcow2"), 0, "Domain creation completed");
    EXPECT_THAT(guests_with_keys(), testing::MatchesRegex("web +here +1 .*\n"));
}

TEST_F(VirtManager, RunsANewGuestFromAnEncryptedDisk) {
    expect_done("new-guest", "--show-domain-creator");
    EXPECT_EQ(virsh({"domstate", "web"}).output, "running\n");
    EXPECT_TRUE(is_encrypted(pool("web.qcow2")));
    expect("volume test default/web.qcow2", 0, "the current key opens");
    EXPECT_THAT(guests_with_keys(), testing::MatchesRegex("web +here +1 .*\n"));
    EXPECT_THAT(xml_of("web"), HasSubstr("<encryption format='luks'"));
}

TEST_F(VirtManager, DoesNotHideBehindOneThatRunsWithoutIt) {
    expect_done("second");
}

} // namespace

} // namespace guestkeyd::test
