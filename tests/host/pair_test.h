// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "host/host_test.h"
#include "host/peer_host.h"

namespace guestkeyd::test {

// The agent on the peer host, and what one sees of it.
class Peer {
  public:
    explicit Peer(const AgentOptions& options);

    [[nodiscard]] bool comes_to_be(const LibvirtGuest& guest, const std::string& state) const;
    // As virsh says it, there; empty if it does not know the guest.
    [[nodiscard]] std::string state_of(const LibvirtGuest& guest) const;

    PeerHost& host = PeerHost::instance();
    AgentProcess agent;
    Connection root{host.bus_address()};
    Signals signals{root};
};

// Two hosts, each with its agent. Guests are defined on the one that the tests run on.
class PairTest : public HostTest {
  protected:
    // Both agents have these options.
    explicit PairTest(const AgentOptions& options = {});
    void TearDown() override { there.host.clear(); }

    void attach_there(const LibvirtGuest& guest, const AttachArguments& options = {},
                      const std::string& key = LibvirtGuest::key()) const;
    // From the one agent to the other, in an envelope.
    void hand_over(const LibvirtGuest& guest) const;

    // Live migration to the peer, with virsh's options.
    [[nodiscard]] static Finished migrate(const LibvirtGuest& guest, std::vector<std::string> options = {});
    // ... of a guest that is off, or rather of its definition.
    [[nodiscard]] static Finished migrate_offline(const LibvirtGuest& guest, std::vector<std::string> options = {});
    // ... so slowly that it does not come to its end.
    [[nodiscard]] static Process migrate_slowly(const LibvirtGuest& guest, std::vector<std::string> options = {});
    // Its memory is being copied.
    [[nodiscard]] bool is_under_way(const LibvirtGuest& guest) const;
    // As libvirt here has it.
    [[nodiscard]] static bool migrates(const LibvirtGuest& guest);

    // The guest runs there now, from its disk, and its keys are there and not here.
    void expect_arrived(const LibvirtGuest& guest);
    // The guest runs on here, with its keys; there it does not run.
    void expect_stayed(const LibvirtGuest& guest);
    // It was to come there, and its keys wait for it there.
    void expect_awaited_there(const LibvirtGuest& guest);
    void expect_no_secret_left() const;

    Peer there;
};

} // namespace guestkeyd::test
