// SPDX-License-Identifier: LGPL-2.1-or-later
#include "host/pair_test.h"

#include "support/key_fd.h"
#include "support/openssl.h"
#include "support/sealed_calls.h"

namespace guestkeyd::test {

namespace {

// A site whose CA says who its hosts are.
const TempDir& site() {
    static const TempDir dir;
    static const bool made = [] {
        make_ca(dir, "ca");
        make_signed_pair(dir, "host", "ca");
        return true;
    }();
    (void)made;
    return dir;
}

AgentOptions at_site(AgentOptions options) {
    options.sealing["TrustedAuthorities"] = site() / "ca-cert.pem";
    return options;
}

AgentOptions at_peer(AgentOptions options) {
    options.sealing["Key"] = site() / "host-key.pem";
    options.sealing["Certificate"] = site() / "host-cert.pem";
    options.enter = PeerHost::instance().enter({});
    return with_host_libvirt(std::move(options));
}

// The hosts share no network, but files.
std::vector<std::string> migration(const LibvirtGuest& guest, std::vector<std::string> options) {
    std::vector<std::string> arguments{"migrate",
                                       guest.name(),
                                       PeerHost::instance().libvirt(),
                                       "--p2p",
                                       "--unsafe",
                                       "--migrateuri=unix://" + guest.file("migration").string(),
                                       "--disks-uri=unix://" + guest.file("storage").string()};
    arguments.insert(arguments.end(), options.begin(), options.end());
    return arguments;
}

} // namespace

Peer::Peer(const AgentOptions& options) : agent(host.bus_address(), options) {
    EXPECT_TRUE(wait_until([this] { return manager_property(root, "LibvirtConnected") == "true"; }));
}

bool Peer::comes_to_be(const LibvirtGuest& guest, const std::string& state) const {
    return test::comes_to_be(root, guest, state);
}

std::string Peer::state_of(const LibvirtGuest& guest) const {
    const auto state = host.virsh({"domstate", guest.name()}).output;
    return state.substr(0, state.find('\n'));
}

PairTest::PairTest(const AgentOptions& options) : HostTest(at_site(options)), there(at_peer(options)) {}

void PairTest::attach_there(const LibvirtGuest& guest, const AttachArguments& options, const std::string& key) const {
    auto arguments = options;
    arguments.guest = guest.uuid();
    arguments.volumes = {{guest.volume(), {}}};
    const auto answer = attach_keys(there.root, arguments, pipe_with(key)).answer();
    ASSERT_TRUE(answer.ok()) << answer;
}

void PairTest::hand_over(const LibvirtGuest& guest) const {
    const auto recipient = text_returned(get_host_certificate(there.root));
    const auto envelope = bytes_returned(export_sealed(root, guest.uuid(), recipient));
    const auto answer = attach_sealed(there.root, envelope).answer();
    ASSERT_TRUE(answer.ok()) << answer;
}

Finished PairTest::migrate(const LibvirtGuest& guest, std::vector<std::string> options) {
    options.emplace_back("--live");
    return virsh(migration(guest, std::move(options)));
}

Finished PairTest::migrate_offline(const LibvirtGuest& guest, std::vector<std::string> options) {
    options.insert(options.end(), {"--offline", "--persistent"});
    return virsh(migration(guest, std::move(options)));
}

// At 1 MiB a second the guest changes its memory faster than it is copied.
Process PairTest::migrate_slowly(const LibvirtGuest& guest, std::vector<std::string> options) {
    options.insert(options.end(), {"--live", "--bandwidth=1"});
    return virsh_in_background(migration(guest, std::move(options)), guest.file("virsh"));
}

bool PairTest::is_under_way(const LibvirtGuest& guest) const {
    return there.comes_to_be(guest, kRunning) && wait_until([&] { return migrates(guest); });
}

bool PairTest::migrates(const LibvirtGuest& guest) {
    return virsh({"domjobinfo", guest.name()}).output.find("Outgoing migration") != std::string::npos;
}

void PairTest::expect_arrived(const LibvirtGuest& guest) {
    EXPECT_EQ(signals.next("KeysPurged").text, "\"" + guest.uuid() + "\", [\"" + guest.volume() + "\"], \"migrated\"");
    EXPECT_TRUE(agent.keys().serials().empty());
    EXPECT_TRUE(there.comes_to_be(guest, kRunning));
    EXPECT_EQ(there.agent.keys().keys_of(guest.uuid()).size(), 1U);
    EXPECT_EQ(there.state_of(guest), "running");
    EXPECT_EQ(there.host.virsh({"reset", guest.name()}).status, 0);
    EXPECT_TRUE(guest.boots());
    expect_no_secret_left();
}

void PairTest::expect_stayed(const LibvirtGuest& guest) {
    EXPECT_TRUE(comes_to_be(guest, kRunning));
    EXPECT_EQ(agent.keys().keys_of(guest.uuid()).size(), 1U);
    for (const auto& signal : signals.so_far())
        EXPECT_NE(signal.member, "KeysPurged") << signal.text;
    EXPECT_TRUE(wait_until([&] { return guest.state() == "running"; }));
    EXPECT_NE(there.state_of(guest), "running");
    expect_no_secret_left();
}

void PairTest::expect_awaited_there(const LibvirtGuest& guest) {
    EXPECT_TRUE(there.comes_to_be(guest, kExpected));
    EXPECT_EQ(there.agent.keys().keys_of(guest.uuid()).size(), 1U);
    expect_no_secret_left();
}

void PairTest::expect_no_secret_left() const {
    EXPECT_TRUE(wait_until([] { return secrets_of_libvirt().empty(); }));
    EXPECT_TRUE(wait_until([this] { return secrets_of_libvirt(there.host.libvirt()).empty(); }));
}

} // namespace guestkeyd::test
