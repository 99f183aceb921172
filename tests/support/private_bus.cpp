// SPDX-License-Identifier: LGPL-2.1-or-later
#include "support/private_bus.h"

#include "support/project.h"

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

} // namespace

PrivateBus::PrivateBus(const BusOptions& options) : daemon_(configuration(options), options.environment) {}

std::string PrivateBus::configuration(const BusOptions& options) const {
    if (!options.service.empty())
        write_file(services_ / "org.guestkeyd1.service", options.service);
    return "  <type>system</type>\n  <servicedir>" + services_.path().string() + "</servicedir>" + kPolicy +
           "  <include>" + project_file("dbus/org.guestkeyd1.conf").string() + "</include>\n";
}

} // namespace guestkeyd::test
