// SPDX-License-Identifier: LGPL-2.1-or-later
#include "host/row_test.h"
#include "support/key_fd.h"

#include <csignal>

namespace guestkeyd::test {

namespace {

// libvirt forgets it when it stops.
class TransientGuest : public Row {
  protected:
    void runs(const AttachArguments& options) {
        attach(guest, options);
        must(guest.create());
        ASSERT_TRUE(guest.boots());
        EXPECT_TRUE(comes_to_be(guest, kRunning));
    }

    void save() const { must(virsh({"save", guest.name(), guest.file("saved")})); }

    const LibvirtGuest guest{"passer-by", {.defined = false}};
};

TEST_F(TransientGuest, LosesItsKeysWhenItShutsDown) {
    for (const auto* wipe_on : {"destroyed", "stopped", "undefined"}) {
        runs({.wipe_on = wipe_on});
        must(virsh({"shutdown", guest.name()}));
        loses_keys(guest, "stopped");
    }
}

TEST_F(TransientGuest, LosesItsKeysWhenItIsDestroyed) {
    for (const auto* wipe_on : {"destroyed", "stopped", "undefined"}) {
        runs({.wipe_on = wipe_on});
        must(guest.destroy());
        loses_keys(guest, "destroyed");
    }
}

TEST_F(TransientGuest, LosesItsKeysWhenItsQemuIsKilled) {
    runs({.wipe_on = "undefined"});
    ASSERT_EQ(kill(guest.qemu(), SIGKILL), 0);
    loses_keys(guest, "stopped");
}

TEST_F(TransientGuest, ThatWasSavedIsExpectedBackAndIsRestored) {
    for (const auto* wipe_on : {"undefined", "stopped", "destroyed"}) {
        runs({.wipe_on = wipe_on});
        save();
        keeps_keys(guest, kExpected);
        must(virsh({"restore", guest.file("saved")}));
        keeps_keys(guest, kRunning);
        must(guest.destroy());
        loses_keys(guest, "destroyed");
    }
}

TEST_F(TransientGuest, ThatWasSavedAndDoesNotComeBackLosesItsKeys) {
    runs({});
    attach(guest, {.expected_within = 1});
    save();
    loses_keys(guest, "never-came");
}

TEST_F(TransientGuest, ThatFailsToStartIsStillExpected) {
    const AttachArguments wrong{guest.uuid(), {{guest.volume(), {}}}, {}, false};
    const auto answer = attach_keys(root, wrong, pipe_with("wrong")).answer();
    ASSERT_TRUE(answer.ok()) << answer;
    EXPECT_NE(guest.create().status, 0);
    keeps_keys(guest, kExpected);
    runs({});
}

} // namespace

} // namespace guestkeyd::test
