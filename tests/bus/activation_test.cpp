// SPDX-License-Identifier: LGPL-2.1-or-later
#include "support/agent_calls.h"
#include "support/agent_process.h"
#include "support/private_bus.h"
#include "support/project.h"

#include <csignal>
#include <gtest/gtest.h>

namespace guestkeyd::test {

namespace {

std::vector<std::string> busctl(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), {"busctl", "--system", "--no-pager"});
    return arguments;
}

TEST(WithoutTheAgent, BusctlSaysThatNobodyIsThere) {
    const PrivateBus bus;
    const auto shown = run(busctl({"introspect", "org.guestkeyd1", "/org/guestkeyd1"}), bus.environment());
    EXPECT_NE(shown.status, 0);
    EXPECT_NE(shown.error.find("org.guestkeyd1"), std::string::npos) << shown.error;
    EXPECT_NE(shown.error.find("not provided by any .service files"), std::string::npos) << shown.error;
}

TEST(WithoutTheAgent, ACallIsAnErrorOfTheBus) {
    const PrivateBus bus;
    const Connection root(bus.address());
    EXPECT_EQ(managed_objects(root).answer().error, "org.freedesktop.DBus.Error.ServiceUnknown");
}

// The service file of the project, with the program as built in place of the one installed.
std::string service_file(const std::vector<std::string>& command) {
    std::string exec;
    for (const auto& word : command)
        exec += (exec.empty() ? "" : " ") + word;
    auto text = read_file(project_file("dbus/org.guestkeyd1.service.in"));
    const std::string installed = "@sbindir@/guestkeyd";
    text.replace(text.find(installed), installed.size(), exec);
    return text;
}

TEST(Activation, StartsTheAgentForTheFirstCall) {
    const AnchorKeys keys;
    const TempDir dir;
    write_file(dir / "guestkeyd.conf", "[Agent]\nAnchorUser=" + std::to_string(keys.uid()) +
                                           "\n[Libvirt]\nDomainUri=test:///default\nSecretUri=test:///default\n" +
                                           "[Sealing]\nStateDirectory=" + (dir / "state").string() + "\n");
    const PrivateBus bus({service_file({guestkeyd_program(), "--config=" + (dir / "guestkeyd.conf").string(),
                                        std::string("--domain-xml-parser=") + domain_xml_parser_program()}),
                          {}});
    const Connection root(bus.address());
    EXPECT_EQ(root.owner_of("org.guestkeyd1"), "");
    const auto shown = run(busctl({"introspect", "org.guestkeyd1", "/org/guestkeyd1"}), bus.environment());
    EXPECT_EQ(shown.status, 0) << shown.error << bus.log();
    EXPECT_NE(shown.output.find("AttachKeys"), std::string::npos) << shown.output;
    EXPECT_EQ(manager_property(root, "KeyCount"), "0");
    kill(root.process_of("org.guestkeyd1"), SIGTERM);
    EXPECT_TRUE(wait_until([&] { return root.owner_of("org.guestkeyd1").empty(); }));
}

} // namespace

} // namespace guestkeyd::test
