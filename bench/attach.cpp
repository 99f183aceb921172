// SPDX-License-Identifier: LGPL-2.1-or-later
// Attaching keys, and what is left when the guest is destroyed: guestkeyd beside libvirt's own secrets, in one run on
// one host (tests/rig/host). See README.md.
#include "bench.h"

#include "support/agent_process.h"

#include <cstdio>

using namespace guestkeyd;
using namespace guestkeyd::bench;

namespace {

constexpr int kKeys = 2048;
constexpr int kKeysPerCall = 16;
constexpr int kInFlight = 64;
constexpr int kGuests = 20;

void print(const char* what, Rate theirs, Rate ours) {
    std::printf("%-44s %10.0f/s %10.0f/s %8.2f\n", what, theirs.per_second, ours.per_second,
                ours.per_second / theirs.per_second);
}

void compare_attaching(Secrets& secrets, AgentCalls& agent) {
    std::printf("%-44s %12s %12s %8s\n", "keys given to the host", "libvirt", "guestkeyd", "ratio");
    const auto theirs = secrets.define_and_set(kKeys);
    print("one key a call, one call at a time", theirs, agent.attach({kKeys, 1, 1}));
    print("16 keys a call, one call at a time", theirs, agent.attach({kKeys, kKeysPerCall, 1}));
    print("one key a call, 64 calls in flight", theirs, agent.attach({kKeys, 1, kInFlight}));
}

void compare_destroying(Secrets& secrets, AgentCalls& agent, const test::AnchorKeys& keys) {
    std::printf("\n%-44s %12s %12s\n", "guest destroyed, until its key is gone", "libvirt*", "guestkeyd");
    const auto theirs = secrets.destroy_and_undefine(kGuests);
    const auto ours = agent.destroy_and_wait(kGuests, keys);
    std::printf("%-44s %9.2f ms %9.2f ms\n", "median after virDomainDestroy returned", theirs.median_ms,
                ours.median_ms);
    std::printf("%-44s %9.2f ms %9.2f ms\n", "longest", theirs.longest_ms, ours.longest_ms);
    std::puts("* by itself libvirt keeps the secret for ever; this is a client that undefines it at once");
}

} // namespace

int main() {
    test::AgentProcess agent("unix:path=/run/dbus/system_bus_socket",
                             {"qemu:///system", "secret:///system", {{"Guests", "100000"}, {"KeysPerGuest", "64"}}});
    Secrets secrets;
    AgentCalls calls;
    compare_attaching(secrets, calls);
    compare_destroying(secrets, calls, agent.keys());
    return 0;
}
