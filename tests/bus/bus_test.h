// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "support/agent_calls.h"
#include "support/agent_process.h"
#include "support/fake_polkit.h"
#include "support/key_fd.h"
#include "support/private_bus.h"
#include "support/signals.h"

#include <gtest/gtest.h>
#include <optional>

namespace guestkeyd::test {

// An agent on a bus of its own, root and nobody as callers, and a polkit that says no until told otherwise.
class BusTest : public testing::Test {
  protected:
    BusTest() : BusTest(AgentOptions{}) {}
    explicit BusTest(const AgentOptions& options)
        : polkit(std::in_place, bus.address()), agent(bus.address(), options), root(bus.address()),
          nobody(Connection::as("nobody", bus.address())) {}

    void wait_for_libvirt() const {
        ASSERT_TRUE(wait_until([this] { return manager_property(root, "LibvirtConnected") == "true"; }));
    }

    // Unknown until libvirt has been asked for its guests.
    void wait_for_state_of(const std::string& of) const {
        ASSERT_TRUE(wait_until([&] { return guest_property(root, of, "State") != "0"; }));
    }

    // As root, with a key "key of VOLUME" for each volume. Afterwards the guest's state is what libvirt says.
    void attach(const std::string& to, const std::vector<std::string>& volumes) const {
        AttachArguments arguments{to, {}, {}, false};
        std::string keys;
        for (const auto& each : volumes) {
            arguments.volumes.push_back({each, {}});
            keys += "key of " + each + "\n";
        }
        const auto answer = attach_keys(root, arguments, pipe_with(keys)).answer();
        ASSERT_TRUE(answer.ok()) << answer;
        wait_for_state_of(to);
    }

    // What can be known of the agent from outside: objects and properties, one guest a line, and the keys in the
    // kernel.
    [[nodiscard]] std::string state() const {
        auto text = managed_objects(root).answer().text;
        for (auto at = text.find(", \"/"); at != std::string::npos; at = text.find(", \"/"))
            text.replace(at, 2, "\n");
        return text + "\nkeys: " + std::to_string(agent.keys().serials().size());
    }

    PrivateBus bus;
    std::optional<FakePolkit> polkit;
    AgentProcess agent;
    Connection root;
    Connection nobody;

    const std::string guest = uuid_of("guest");
    const std::string other_guest = uuid_of("other guest");
    const std::string volume = uuid_of("volume");
    const std::string other_volume = uuid_of("other volume");
};

} // namespace guestkeyd::test
