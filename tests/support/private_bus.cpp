// SPDX-License-Identifier: LGPL-2.1-or-later
#include "support/private_bus.h"

#include "base/error.h"
#include "base/unique_fd.h"
#include "support/project.h"

#include <cstring>
#include <sys/socket.h>
#include <sys/un.h>

namespace guestkeyd::test {

namespace {

constexpr auto kPolicy = R"(
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow user="*"/>
    <deny own="*"/>
    <deny send_type="method_call"/>
    <allow send_type="signal"/>
    <allow send_requested_reply="true" send_type="method_return"/>
    <allow send_requested_reply="true" send_type="error"/>
    <allow receive_type="method_call"/>
    <allow receive_type="method_return"/>
    <allow receive_type="error"/>
    <allow receive_type="signal"/>
    <allow send_destination="org.freedesktop.DBus" send_interface="org.freedesktop.DBus"/>
    <allow send_destination="org.freedesktop.DBus" send_interface="org.freedesktop.DBus.Introspectable"/>
    <allow send_destination="org.freedesktop.DBus" send_interface="org.freedesktop.DBus.Properties"/>
    <allow send_destination="org.freedesktop.PolicyKit1"/>
  </policy>
  <policy user="root">
    <allow send_destination="org.freedesktop.DBus" send_interface="org.freedesktop.DBus.Monitoring"/>
    <allow own="org.freedesktop.PolicyKit1"/>
  </policy>
  <include ignore_missing="yes">/usr/share/dbus-1/system.d/org.freedesktop.PolicyKit1.conf</include>
)";

std::string configuration(const TempDir& dir, const std::string& address) {
    return "<!DOCTYPE busconfig PUBLIC \"-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN\"\n"
           "  \"http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd\">\n"
           "<busconfig>\n  <type>system</type>\n  <listen>" +
           address + "</listen>\n  <servicedir>" + (dir / "services").string() + "</servicedir>" + kPolicy +
           "  <include>" + project_file("dbus/org.guestkeyd1.conf").string() + "</include>\n</busconfig>\n";
}

} // namespace

PrivateBus::PrivateBus(const BusOptions& options)
    : address_("unix:path=" + (dir_ / "socket").string()), daemon_(command(options)) {
    if (!wait_until([this] { return accepts() || !daemon_.running(); }) || !daemon_.running())
        throw Failure(ErrorCode::Internal, "dbus-daemon did not start: " + log());
}

Command PrivateBus::command(const BusOptions& options) const {
    std::filesystem::create_directory(dir_ / "services");
    if (!options.service.empty())
        write_file(dir_ / "services/org.guestkeyd1.service", options.service);
    write_file(dir_ / "bus.conf", configuration(dir_, address_));
    auto environment = options.environment;
    environment.emplace("DBUS_SYSTEM_BUS_ADDRESS", address_);
    return {{"dbus-daemon", "--config-file=" + (dir_ / "bus.conf").string(), "--nofork", "--nopidfile", "--nosyslog"},
            std::move(environment),
            dir_ / "log",
            dir_ / "log"};
}

bool PrivateBus::accepts() const {
    const UniqueFd socket_fd(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_un name{};
    name.sun_family = AF_UNIX;
    const auto path = (dir_ / "socket").string();
    std::memcpy(name.sun_path, path.c_str(), path.size() + 1);
    return connect(socket_fd.get(), reinterpret_cast<const sockaddr*>(&name), sizeof name) == 0;
}

} // namespace guestkeyd::test
