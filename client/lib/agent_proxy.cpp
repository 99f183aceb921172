// SPDX-License-Identifier: LGPL-2.1-or-later
#include "agent_proxy.h"

#include "guest_proxy.h"
#include "job_proxy.h"

#include <algorithm>
#include <systemd/sd-bus.h>

namespace guestkeyd {

namespace {

constexpr const char* kGuestInterface = org::guestkeyd1::Guest_proxy::INTERFACE_NAME;
constexpr const char* kJobInterface = org::guestkeyd1::Job_proxy::INTERFACE_NAME;

const std::string kGuestChanges = std::string("type='signal',sender='") + kAgentName +
                                  "',interface='org.freedesktop.DBus.Properties',member='PropertiesChanged'," +
                                  "path_namespace='" + kGuestPath + "'";
const std::string kJobEnds =
    std::string("type='signal',sender='") + kAgentName + "',interface='" + kJobInterface + "',member='Finished'";
const std::string kAgentComesAndGoes = std::string("type='signal',sender='org.freedesktop.DBus',") +
                                       "interface='org.freedesktop.DBus',member='NameOwnerChanged',arg0='" +
                                       kAgentName + "'";

// sdbus-c++ 1.2 does not offer the flag for interactive authorization, but its messages lead to libsystemd's bus.
struct RawMessage : sdbus::Message {
    static sd_bus* bus_of(const sdbus::Message& message) {
        return sd_bus_message_get_bus(static_cast<sd_bus_message*>(message.*(&RawMessage::msg_)));
    }
};

} // namespace

AgentProxy::AgentProxy(sdbus::IConnection& connection, Interaction interaction)
    : ProxyInterfaces(connection, kAgentName, kAgentPath), connection_(connection) {
    const auto any_call = getProxy().createMethodCall("org.freedesktop.DBus.Peer", "Ping");
    check_errno(
        sd_bus_set_allow_interactive_authorization(RawMessage::bus_of(any_call), interaction == Interaction::Allowed),
        "allow interactive authorization");
}

void AgentProxy::watch(Events events) {
    events_ = std::move(events);
    registerProxy();
    connection_.addMatch(
        kGuestChanges, [this](sdbus::Message& message) { on_guest_properties_changed(message); }, sdbus::floating_slot);
    connection_.addMatch(
        kJobEnds, [this](sdbus::Message& message) { on_job_finished(message); }, sdbus::floating_slot);
    connection_.addMatch(
        kAgentComesAndGoes, [this](sdbus::Message& message) { on_name_owner_changed(message); }, sdbus::floating_slot);
}

void AgentProxy::rethrow() {
    if (thrown_)
        std::rethrow_exception(std::exchange(thrown_, nullptr));
}

// sdbus-c++ swallows or dies of an exception in a handler, so none gets there: the loop ends, and rethrow() tells.
template <typename Report> void AgentProxy::guard(Report&& report) {
    try {
        if (!thrown_)
            report();
    } catch (...) {
        thrown_ = std::current_exception();
        connection_.leaveEventLoop();
    }
}

void AgentProxy::onKeysNeeded(const std::string& guest, const std::vector<std::string>& volumes,
                              const std::string& reason) {
    guard([&] {
        if (events_.keys_needed)
            events_.keys_needed({GuestId::parse(guest), volumes, reason});
    });
}

void AgentProxy::onKeysPurged(const std::string& guest, const std::vector<std::string>& volumes,
                              const std::string& reason) {
    guard([&] {
        if (events_.keys_purged)
            events_.keys_purged({GuestId::parse(guest), decode_volume_ids(volumes), reason});
    });
}

void AgentProxy::onKeysUsed(const std::string& guest, const std::vector<std::string>& volumes,
                            const std::string& action, const std::string& result, const std::string& message) {
    guard([&] {
        if (events_.keys_used)
            events_.keys_used({GuestId::parse(guest), decode_volume_ids(volumes), action, result, message});
    });
}

void AgentProxy::onInterfacesAdded(const sdbus::ObjectPath& path, const std::map<std::string, Properties>& interfaces) {
    guard([&] {
        const auto guest = interfaces.find(kGuestInterface);
        if (events_.guest_added && guest != interfaces.end())
            events_.guest_added(decode_guest(guest->second));
        const auto job = interfaces.find(kJobInterface);
        if (events_.job_added && job != interfaces.end())
            events_.job_added(decode_job(job_of_path(path), job->second));
    });
}

void AgentProxy::onInterfacesRemoved(const sdbus::ObjectPath& path, const std::vector<std::string>& interfaces) {
    guard([&] {
        const bool is_guest = std::find(interfaces.begin(), interfaces.end(), kGuestInterface) != interfaces.end();
        if (events_.guest_removed && is_guest)
            events_.guest_removed(guest_of_path(path));
    });
}

void AgentProxy::onPropertiesChanged(const std::string& interface, const Properties& changed,
                                     const std::vector<std::string>&) {
    guard([&] {
        if (events_.status_changed && interface == org::guestkeyd1::Manager_proxy::INTERFACE_NAME)
            events_.status_changed(decode_status_change(changed));
    });
}

void AgentProxy::on_guest_properties_changed(sdbus::Message& message) {
    guard([&] {
        std::string interface;
        Properties changed;
        message >> interface >> changed;
        if (events_.guest_changed && interface == kGuestInterface)
            events_.guest_changed(decode_guest_change(guest_of_path(message.getPath()), changed));
    });
}

void AgentProxy::on_job_finished(sdbus::Message& message) {
    guard([&] {
        std::uint32_t state = 0;
        std::string error;
        std::string text;
        message >> state >> error >> text;
        if (events_.job_ended)
            events_.job_ended(decode_ended_job(job_of_path(message.getPath()), state, error, text));
    });
}

void AgentProxy::on_name_owner_changed(sdbus::Message& message) {
    guard([&] {
        std::string name;
        std::string old_owner;
        std::string new_owner;
        message >> name >> old_owner >> new_owner;
        if (events_.agent_stopped && !old_owner.empty())
            events_.agent_stopped();
        if (events_.agent_started && !new_owner.empty())
            events_.agent_started();
    });
}

} // namespace guestkeyd
