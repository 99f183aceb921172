// SPDX-License-Identifier: LGPL-2.1-or-later
#include "bus/raw_bus.h"

namespace guestkeyd {

namespace {

// sdbus-c++ 1.2 shows the sd-bus message to derived classes only.
struct Access : sdbus::Message {
    static sd_bus_message* raw(const sdbus::Message& message) {
        return static_cast<sd_bus_message*>(message.*(&Access::msg_));
    }
};

} // namespace

sd_bus* raw_bus(sdbus::IConnection& connection) {
    const auto proxy = sdbus::createProxy(connection, "org.freedesktop.DBus", "/org/freedesktop/DBus");
    const auto call = proxy->createMethodCall("org.freedesktop.DBus.Peer", "Ping");
    return sd_bus_message_get_bus(Access::raw(call));
}

} // namespace guestkeyd
