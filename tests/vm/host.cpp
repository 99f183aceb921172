// SPDX-License-Identifier: LGPL-2.1-or-later
#include "vm/host.h"

#include "base/error.h"
#include "support/temp_dir.h"
#include "vm/payload.h"

#include <iostream>
#include <unistd.h>

namespace guestkeyd::test {

namespace {

constexpr std::chrono::minutes kPatienceWithBoot{15};

std::string without_newline(std::string text) {
    if (text.ends_with('\n'))
        text.pop_back();
    return text;
}

} // namespace

Host::Host(const MachineTraits& traits, const std::filesystem::path& disk, const std::filesystem::path& logs)
    : machine_(traits, disk, make_payload(), logs / std::string(1, traits.name)) {}

Host::~Host() {
    try {
        if (machine_.is_on())
            write_file(machine_.log().string() + ".journal", try_run("journalctl -o short-monotonic").output);
    } catch (const std::exception& e) {
        std::cerr << "the journal of host " << name() << " is lost: " << e.what() << "\n";
    }
}

Finished Host::try_run(const std::string& script, std::chrono::milliseconds patience) {
    return machine_.guest_agent().run(script, {}, patience);
}

std::string Host::run(const std::string& script, std::chrono::milliseconds patience) {
    const auto done = try_run("set -euo pipefail\n" + script, patience);
    if (done.status != 0)
        throw Failure(ErrorCode::Internal, "on host " + name() + ", status " + std::to_string(done.status) +
                                               " of: " + script + "\n" + done.output + done.error);
    return without_newline(done.output);
}

bool Host::comes_true(const std::string& script, std::chrono::milliseconds patience) {
    return wait_until([&] { return try_run(script).status == 0; }, patience);
}

void Host::put(const std::string& file, const std::string& content) {
    const auto done = machine_.guest_agent().run("cat >" + file, content, kPatienceWithHost);
    if (done.status != 0)
        throw Failure(ErrorCode::Internal, "host " + name() + " did not take " + file + ": " + done.error);
}

void Host::wait_until_up() {
    machine_.guest_agent().wait(kPatienceWithBoot);
    const auto state = try_run("systemctl is-system-running --wait", kPatienceWithBoot);
    if (state.output != "running\n")
        throw Failure(ErrorCode::Internal,
                      "host " + name() + " is " + state.output + try_run("systemctl --failed").output);
    run("test -e /payload || { mkdir /payload && tar -xf /dev/disk/by-id/virtio-payload -C /payload; }");
}

void Host::boot() {
    switch_on();
    wait_until_up();
}

void Host::shut_down() {
    machine_.guest_agent().start("systemctl poweroff");
    machine_.wait_until_off(kPatienceWithHost);
}

void Host::crash() {
    machine_.guest_agent().start("sync; echo 1 >/proc/sys/kernel/panic; echo c >/proc/sysrq-trigger");
    machine_.wait_until_off(kPatienceWithHost);
}

void Host::install_packages() {
    run("apt-get install --yes --no-install-recommends /payload/*.deb");
}

void Host::dump_memory(const Nameless& file) {
    const auto path =
        "/proc/" + std::to_string(getpid()) + "/fd/" + std::to_string(file.fd()); // QEMU has not inherited it
    machine_.monitor().call("dump-guest-memory", {{"paging", false}, {"protocol", "file:" + path}}, kPatienceWithHost);
}

void Host::set_link(bool up) {
    machine_.monitor().call("set_link", {{"name", "port"}, {"up", up}});
}

} // namespace guestkeyd::test
