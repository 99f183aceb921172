// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "host/libvirt_guest.h"
#include "support/agent_calls.h"
#include "support/agent_process.h"
#include "support/signals.h"

#include <gtest/gtest.h>
#include <map>
#include <string>

namespace guestkeyd::test {

inline constexpr auto kSystemBus = "unix:path=/run/dbus/system_bus_socket";

// These, for an agent that works with the host's libvirt.
AgentOptions with_host_libvirt(AgentOptions options);

// Has tests/rig/libvirtd do this with the host's libvirtd: start, stop, restart or kill.
void libvirtd(const std::string& action);
pid_t libvirtd_pid();

// Whether the agent says in time that the guest is in this state.
[[nodiscard]] bool comes_to_be(const Connection& caller, const LibvirtGuest& guest, const std::string& state);

// The agent on a real libvirt host; run by tests/rig/host, never on the machine itself.
class HostTest : public testing::Test {
  protected:
    explicit HostTest(AgentOptions options = {});

    // With the guest's key, whatever guest and volumes the options name.
    void attach(const LibvirtGuest& guest, const AttachArguments& options = {}) const;
    // Attaches the guest's key and starts it.
    void start(const LibvirtGuest& guest, const AttachArguments& options = {}) const;
    // All that the agent knows of guests, as text.
    [[nodiscard]] std::string guests() const { return managed_objects(root).answer().text; }
    [[nodiscard]] bool hears_libvirt() const;
    [[nodiscard]] bool comes_to_be(const LibvirtGuest& guest, const std::string& state) const;

    AgentProcess agent;
    Connection root{kSystemBus};
    Signals signals{root};
};

// Values of the property State of a guest.
inline constexpr auto kUnknown = "0";
inline constexpr auto kExpected = "1";
inline constexpr auto kPresent = "2";
inline constexpr auto kRunning = "3";
inline constexpr auto kLeaving = "4";

} // namespace guestkeyd::test
