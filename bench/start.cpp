// SPDX-License-Identifier: LGPL-2.1-or-later
// What "virsh start" of an encrypted guest costs: with a secret that libvirt has already and no hook, and through the
// agent. In turns, in one run, on one host (tests/rig/host). See README.md.
#include "bench.h"

#include "host/libvirt_guest.h"
#include "support/agent_calls.h"
#include "support/agent_process.h"
#include "support/key_fd.h"
#include "support/project.h"

#include <cstdio>
#include <filesystem>

using namespace guestkeyd;
using namespace guestkeyd::bench;

namespace {

constexpr int kStarts = 20;
constexpr int kTurns = 4;
constexpr const char* kHook = "/etc/libvirt/hooks/qemu.d/guestkeyd";
constexpr const char* kPutAway = "/etc/libvirt/guestkeyd-hook";

// libvirtd looks for hooks when it starts.
void move_hook(const char* from, const char* to) {
    std::filesystem::rename(from, to);
    if (test::run({test::project_file("tests/rig/libvirtd"), "restart"}).status != 0)
        fail("restart libvirtd");
}

double start_once(const test::LibvirtGuest& guest) {
    const auto begun = Clock::now();
    const auto started = guest.start();
    const auto milliseconds = seconds_since(begun) * 1000;
    if (started.status != 0 || !guest.boots())
        fail("start a guest: " + started.error);
    if (test::virsh({"destroy", guest.name()}).status != 0)
        fail("destroy a guest");
    return milliseconds;
}

void start_with_secret(const test::LibvirtGuest& guest, std::vector<double>& delays) {
    move_hook(kHook, kPutAway);
    const test::LibvirtSecret secret(guest.volume(), test::LibvirtGuest::key());
    for (int i = 0; i < kStarts / kTurns; ++i)
        delays.push_back(start_once(guest));
}

void start_with_agent(const test::LibvirtGuest& guest, std::vector<double>& delays) {
    move_hook(kPutAway, kHook);
    const test::AgentProcess agent("unix:path=/run/dbus/system_bus_socket", {"qemu:///system", "secret:///system", {}});
    const test::Connection root("unix:path=/run/dbus/system_bus_socket");
    if (!test::wait_until([&] { return test::manager_property(root, "LibvirtConnected") == "true"; }))
        fail("wait for the agent to reach libvirt");
    for (int i = 0; i < kStarts / kTurns; ++i) {
        const test::AttachArguments arguments{guest.uuid(), {{guest.volume(), {}}}, {}, false};
        if (!test::attach_keys(root, arguments, test::pipe_with(test::LibvirtGuest::key())).answer().ok())
            fail("attach a key");
        delays.push_back(start_once(guest));
    }
}

} // namespace

int main() {
    const test::LibvirtGuest guest("bench");
    std::vector<double> theirs;
    std::vector<double> ours;
    for (int turn = 0; turn < kTurns; ++turn) {
        start_with_secret(guest, theirs);
        start_with_agent(guest, ours);
    }
    const auto secret = summary(theirs);
    const auto agent = summary(ours);
    std::printf("%-44s %10s %10s\n", "virsh start of an encrypted guest, 20 times", "median", "longest");
    std::printf("%-44s %7.1f ms %7.1f ms\n", "with a secret that is set, and no hook", secret.median_ms,
                secret.longest_ms);
    std::printf("%-44s %7.1f ms %7.1f ms\n", "with guestkeyd", agent.median_ms, agent.longest_ms);
    std::printf("%-44s %7.1f ms   ratio %.2f\n", "guestkeyd costs", agent.median_ms - secret.median_ms,
                agent.median_ms / secret.median_ms);
    return 0;
}
