// SPDX-License-Identifier: LGPL-2.1-or-later
#include "host/peer_host.h"

#include "base/error.h"
#include "support/project.h"

#include <cstdlib>
#include <gtest/gtest.h>
#include <sstream>

namespace guestkeyd::test {

namespace {

std::filesystem::path folder() {
    return std::filesystem::path(std::getenv("RIG_DIR")) / "peer"; // NOLINT(concurrency-mt-unsafe)
}

std::string libvirt_of(const std::filesystem::path& dir) {
    return "qemu+unix:///system?socket=" + (dir / "run/libvirt/libvirt-sock").string();
}

Command make_host(const std::filesystem::path& dir) {
    std::filesystem::create_directories(dir);
    const auto here = dir.parent_path();
    // By a path that is not covered there.
    const auto hook = here / "etc/hooks/qemu.d/guestkeyd";
    return {{project_file("tests/rig/host"), "--beside", "--hook=" + hook.string(), dir, "--", "sleep", "infinity"},
            {},
            here / "peer.log",
            here / "peer.log"};
}

} // namespace

PeerHost& PeerHost::instance() {
    static PeerHost host;
    return host;
}

PeerHost::PeerHost() : dir_(folder()), process_(make_host(dir_)) {
    if (!wait_until([this] { return std::filesystem::exists(file("ready")) || !process_.running(); }) ||
        !process_.running())
        throw Failure(ErrorCode::Internal, "no peer host came up: " + read_file(dir_.parent_path() / "peer.log"));
}

std::vector<std::string> PeerHost::enter(std::vector<std::string> command) const {
    command.insert(command.begin(), {project_file("tests/rig/enter"), dir_});
    return command;
}

std::string PeerHost::libvirt() const {
    return libvirt_of(dir_);
}

std::string PeerHost::libvirt_here() const {
    return libvirt_of(dir_.parent_path());
}

Finished PeerHost::virsh(std::vector<std::string> arguments) const {
    return test::virsh(std::move(arguments), libvirt());
}

void PeerHost::libvirtd(const std::string& action) const {
    const auto done = run(enter({project_file("tests/rig/libvirtd"), action}));
    ASSERT_EQ(done.status, 0) << done.error;
}

pid_t PeerHost::qemu(const LibvirtGuest& guest) const {
    return std::stoi(read_file(file("run/libvirt/qemu/" + guest.name() + ".pid")));
}

void PeerHost::clear() const {
    std::istringstream names(virsh({"list", "--all", "--name"}).output);
    for (std::string name; names >> name;) {
        (void)virsh({"destroy", name});
        (void)virsh({"undefine", name});
    }
}

} // namespace guestkeyd::test
