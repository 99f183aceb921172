// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "decode.h"
#include "guestkeyd/client.h"
#include "manager_proxy.h"

#include <exception>

namespace guestkeyd {

inline constexpr const char* kAgentName = "org.guestkeyd1";
inline constexpr const char* kAgentPath = "/org/guestkeyd1";

// The agent's object on the bus, and, once watched, what it and its guests report.
class AgentProxy final : public sdbus::ProxyInterfaces<org::guestkeyd1::Manager_proxy, sdbus::ObjectManager_proxy,
                                                       sdbus::Properties_proxy, sdbus::Peer_proxy> {
  public:
    AgentProxy(sdbus::IConnection& connection, Interaction interaction);
    ~AgentProxy() { unregisterProxy(); }

    void watch(Events events);
    // Throws what a callback threw.
    void rethrow();

  private:
    void onKeysNeeded(const std::string& guest, const std::vector<std::string>& volumes,
                      const std::string& reason) override;
    void onKeysPurged(const std::string& guest, const std::vector<std::string>& volumes,
                      const std::string& reason) override;
    void onKeysUsed(const std::string& guest, const std::vector<std::string>& volumes, const std::string& action,
                    const std::string& result, const std::string& message) override;
    void onInterfacesAdded(const sdbus::ObjectPath& path, const std::map<std::string, Properties>& interfaces) override;
    void onInterfacesRemoved(const sdbus::ObjectPath& path, const std::vector<std::string>& interfaces) override;
    void onPropertiesChanged(const std::string& interface, const Properties& changed,
                             const std::vector<std::string>& invalidated) override;
    void on_guest_properties_changed(sdbus::Message& message);
    void on_job_finished(sdbus::Message& message);
    void on_name_owner_changed(sdbus::Message& message);
    template <typename Report> void guard(Report&& report);

    sdbus::IConnection& connection_;
    Events events_;
    std::exception_ptr thrown_;
};

} // namespace guestkeyd
