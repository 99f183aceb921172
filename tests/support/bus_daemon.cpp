// SPDX-License-Identifier: LGPL-2.1-or-later
#include "support/bus_daemon.h"

#include "base/error.h"
#include "base/unique_fd.h"

#include <cstring>
#include <sys/socket.h>
#include <sys/un.h>

namespace guestkeyd::test {

BusDaemon::BusDaemon(const std::string& configuration, Environment environment)
    : address_("unix:path=" + (dir_ / "socket").string()), process_(command(configuration, std::move(environment))) {
    if (!wait_until([this] { return accepts() || !process_.running(); }) || !process_.running())
        throw Failure(ErrorCode::Internal, "dbus-daemon did not start: " + log());
}

Command BusDaemon::command(const std::string& configuration, Environment environment) const {
    write_file(dir_ / "bus.conf", "<!DOCTYPE busconfig PUBLIC \"-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN\"\n"
                                  "  \"http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd\">\n"
                                  "<busconfig>\n  <listen>" +
                                      address_ + "</listen>\n" + configuration + "</busconfig>\n");
    environment.emplace("DBUS_SYSTEM_BUS_ADDRESS", address_);
    return {{"dbus-daemon", "--config-file=" + (dir_ / "bus.conf").string(), "--nofork", "--nopidfile", "--nosyslog"},
            std::move(environment),
            dir_ / "log",
            dir_ / "log"};
}

bool BusDaemon::accepts() const {
    const UniqueFd socket_fd(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    sockaddr_un name{};
    name.sun_family = AF_UNIX;
    const auto path = (dir_ / "socket").string();
    std::memcpy(name.sun_path, path.c_str(), path.size() + 1);
    return connect(socket_fd.get(), reinterpret_cast<const sockaddr*>(&name), sizeof name) == 0;
}

} // namespace guestkeyd::test
