// SPDX-License-Identifier: LGPL-2.1-or-later
// What may happen to a guest itself in a random sequence.
#include "host/random_host.h"

#include <csignal>

namespace guestkeyd::test {

void RandomHost::define(RandomGuest& at) {
    say("define " + at.guest.name());
    at.guest.define();
    at.persistent = true;
    at.forget();
}

void RandomHost::create(RandomGuest& at) {
    const auto expected = may_start(at);
    say("create " + at.guest.name());
    const auto created = at.guest.create();
    look_at(at);
    say(created.status == 0 ? "  done" : "  refused");
    at.forget();
    if (expected && may_start(at) == expected) {
        EXPECT_EQ(created.status == 0, *expected) << created.error;
    }
}

void RandomHost::start(RandomGuest& at) {
    const auto expected = may_start(at);
    say("start " + at.guest.name());
    const auto started = at.guest.start();
    look_at(at);
    at.forget(); // of one that was off, libvirt says now that it failed to start
    at.saved = at.saved && !at.running;
    say(started.status == 0 ? "  done" : "  refused");
    if (expected && may_start(at) == expected) {
        EXPECT_EQ(started.status == 0, *expected) << started.error;
    }
}

void RandomHost::start_and_kill_agent(RandomGuest& at) {
    say("start " + at.guest.name() + " while the agent is killed");
    auto starting = at.guest.start_in_background();
    kill_agent(at);
    (void)starting.wait();
    look_at(at);
    at.forget();
    at.saved = at.saved && !at.running;
}

void RandomHost::destroy(RandomGuest& at) {
    say("destroy " + at.guest.name());
    const auto destroyed = at.guest.destroy();
    ASSERT_EQ(destroyed.status, 0) << destroyed.error;
    ended(at, End::Destroyed);
    at.running = false;
}

// Without libvirtd nobody knows of it until that is back.
void RandomHost::end_of_qemu(RandomGuest& at, int signal) {
    const auto qemu = at.guest.qemu();
    ASSERT_EQ(kill(qemu, signal), 0);
    ASSERT_TRUE(wait_until([qemu] { return kill(qemu, 0) != 0; }));
    if (libvirtd_ == Libvirtd::Runs) {
        ASSERT_TRUE(wait_until([&] {
            look_at(at);
            return !at.running;
        }));
    }
    ended(at, End::Stopped);
    at.running = false;
}

void RandomHost::shut_down(RandomGuest& at) {
    say("shut down " + at.guest.name());
    end_of_qemu(at, SIGTERM);
}

void RandomHost::kill_qemu(RandomGuest& at) {
    say("kill QEMU of " + at.guest.name());
    end_of_qemu(at, SIGKILL);
}

void RandomHost::suspend_and_resume(RandomGuest& at) {
    say("suspend and resume " + at.guest.name());
    EXPECT_EQ(virsh({"suspend", at.guest.name()}).status, 0);
    EXPECT_EQ(virsh({"resume", at.guest.name()}).status, 0);
}

void RandomHost::save(RandomGuest& at) {
    say("save " + at.guest.name());
    const auto saved = virsh({"managedsave", at.guest.name()});
    ASSERT_EQ(saved.status, 0) << saved.error;
    ended(at, End::Saved);
    at.running = false;
    at.saved = true;
}

void RandomHost::undefine(RandomGuest& at) {
    say("undefine " + at.guest.name());
    const auto undefined = virsh({"undefine", "--managed-save", at.guest.name()});
    ASSERT_EQ(undefined.status, 0) << undefined.error;
    if (!at.running)
        ended(at, End::Undefined);
    at.persistent = at.saved = false;
}

void RandomHost::rename(RandomGuest& at) {
    if (at.saved)
        return; // libvirt refuses it
    say("rename " + at.guest.name() + " there and back");
    EXPECT_EQ(virsh({"domrename", at.guest.name(), "renamed"}).status, 0);
    EXPECT_EQ(virsh({"domrename", "renamed", at.guest.name()}).status, 0);
}

// Of its end, which then only libvirt's hook tells.
void RandomHost::drop_events(RandomGuest& at) {
    if (armed_)
        return;
    say("of the following the agent hears no event");
    agent.faults().drop_events();
    one_in(2) ? destroy(at) : kill_qemu(at);
    settle();
    agent.faults().none();
}

} // namespace guestkeyd::test
