// SPDX-License-Identifier: LGPL-2.1-or-later
// A host with 10,000 guests of four keys each: what the agent weighs, how fast it is back after a restart, what a wipe
// and a property cost. Beside it libvirt, with a tenth as many secrets, since it takes
// time with the square of their number. Run on one host (tests/rig/host). See README.md.
#include "bench.h"

#include "support/agent_process.h"

#include <cstdio>
#include <fstream>
#include <thread>

using namespace guestkeyd;
using namespace guestkeyd::bench;

namespace {

constexpr int kGuests = 10000;
constexpr int kKeysPerGuest = 4;
constexpr int kSecrets = 4000;
constexpr int kCalls = 1000;
constexpr int kWiped = 200;

// MiB, resident (proc(5), VmRSS).
double weight_of(pid_t process) {
    std::ifstream status("/proc/" + std::to_string(process) + "/status");
    for (std::string line; std::getline(status, line);)
        if (line.starts_with("VmRSS:"))
            return std::stod(line.substr(6)) / 1024;
    fail("read the size of process " + std::to_string(process));
}

// The agent gives back what it does not need some seconds after a push.
double weight_at_rest(pid_t process) {
    std::this_thread::sleep_for(std::chrono::seconds(4));
    return weight_of(process);
}

pid_t libvirtd() {
    pid_t process = 0;
    std::ifstream("/run/libvirt/libvirtd.pid") >> process;
    return process;
}

void print(const char* what, double value, const char* unit) {
    std::printf("%-62s %10.2f %s\n", what, value, unit);
}

double restart(test::AgentProcess& agent) {
    agent.stop();
    const auto start = Clock::now();
    agent.start();
    return seconds_since(start);
}

void measure_libvirt() {
    const auto before = weight_of(libvirtd());
    Secrets secrets;
    const auto rate = secrets.define_and_set(kSecrets, [&] {
        print("libvirtd: 4,000 secrets weigh", weight_of(libvirtd()) - before, "MiB");
        print("libvirtd: a secret's XML, median", secrets.describe(kCalls).median_ms, "ms");
    });
    print("libvirtd: secrets defined and set", rate.per_second, "/s");
}

void measure_calls(AgentCalls& calls) {
    print("a call that does nothing (Peer.Ping), median", calls.ping(kCalls).median_ms, "ms");
    print("a property of the agent, median", calls.read_key_count(kCalls).median_ms, "ms");
    print("a property of a guest, median", calls.read_state(kCalls).median_ms, "ms");
    const auto wipes = calls.purge(kWiped);
    print("the wipe of one guest, as a call, median", wipes.median_ms, "ms");
    print("the same, longest", wipes.longest_ms, "ms");
}

} // namespace

int main() {
    std::setvbuf(stdout, nullptr, _IOLBF, 0);
    test::AgentProcess agent("unix:path=/run/dbus/system_bus_socket", {"qemu:///system", "secret:///system", {}});
    const auto empty = weight_at_rest(agent.pid());
    const auto empty_restart = restart(agent);
    AgentCalls calls;
    print("guestkeyd: keys attached, 4 a call, 64 calls in flight",
          calls.attach({kGuests * kKeysPerGuest, kKeysPerGuest, 64}, AgentCalls::Afterwards::Keep).per_second, "/s");
    print("it weighs with no guest", empty, "MiB");
    print("with 10,000 guests of 4 keys", weight_at_rest(agent.pid()), "MiB");
    const auto full_restart = restart(agent);
    print("start until it serves, with no guest", empty_restart * 1000, "ms");
    print("with 10,000 guests", full_restart * 1000, "ms");
    print("it weighs after that", weight_at_rest(agent.pid()), "MiB");
    measure_calls(calls);
    const auto start = Clock::now();
    calls.purge_all();
    print("the wipe of all", seconds_since(start) * 1000, "ms");
    measure_libvirt();
    return 0;
}
