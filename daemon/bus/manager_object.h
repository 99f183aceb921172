// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "agent/agent.h"
#include "bus/attach_args.h"
#include "bus/bus.h"
#include "bus/gate.h"
#include "bus/reply.h"
#include "loop/fd_reader.h"
#include "loop/ongoing.h"

#include "manager_adaptor.h"

#include <sdbus-c++/sdbus-c++.h>
#include <string>
#include <vector>

namespace guestkeyd {

// The object org.guestkeyd1.Manager; its members are described in dbus/org.guestkeyd1.Manager.xml.
class ManagerObject final : public sdbus::AdaptorInterfaces<org::guestkeyd1::Manager_adaptor> {
  public:
    ManagerObject(sdbus::IConnection& connection, EventLoop& loop, Agent& agent, const Gate& gate,
                  BusSettings settings);
    ManagerObject(const ManagerObject&) = delete;
    ManagerObject& operator=(const ManagerObject&) = delete;
    ~ManagerObject();

    void emit_purged(GuestId guest, const std::vector<VolumeId>& volumes, PurgeReason reason);
    void emit_used(const KeyUse& use);
    void emit_needed(const KeysNeeded& needed);
    // Collected and sent once in a turn of the loop.
    void emit_changed();

  private:
    void AttachKeys(sdbus::Result<>&& result, std::string guest, VolumeArgs volumes, sdbus::UnixFd keys,
                    OptionMap options) override;
    void DetachKeys(const std::string& guest, const std::vector<std::string>& volumes,
                    const OptionMap& options) override;
    std::uint32_t PurgeGuest(const std::string& guest, const OptionMap& options) override;
    void RenewLease(const std::string& guest, const std::uint64_t& seconds) override;
    std::uint32_t PurgeAll(const OptionMap& options) override;
    void CheckGuest(sdbus::Result<bool, std::vector<std::string>>&& result, std::string guest,
                    OptionMap options) override;
    void GuestHook(sdbus::Result<>&& result, std::string guest, std::string operation, std::string sub_operation,
                   std::string extra, sdbus::UnixFd domain_xml) override;

    // In manager_lending.cpp.
    void LendKeys(sdbus::Result<>&& result, std::string guest, std::vector<std::string> volumes, std::uint32_t seconds,
                  OptionMap options) override;
    void WithdrawKeys(sdbus::Result<>&& result, std::string guest, OptionMap options) override;

    // In manager_sealing.cpp.
    std::string GetHostCertificate() override;
    void AttachSealed(const std::vector<std::uint8_t>& envelope, const OptionMap& options) override;
    std::vector<std::uint8_t> ExportSealed(const std::string& guest, const std::string& recipient,
                                           const OptionMap& options) override;
    std::string RotateHostCertificate(const OptionMap& options) override;

    // In manager_volumes.cpp.
    void CreateVolume(sdbus::Result<sdbus::ObjectPath>&& result, OptionMap volume, sdbus::UnixFd key,
                      OptionMap options) override;
    void ReencryptVolume(sdbus::Result<sdbus::ObjectPath>&& result, OptionMap volume, sdbus::UnixFd keys,
                         OptionMap options) override;
    void TestKey(sdbus::Result<bool>&& result, OptionMap volume, sdbus::UnixFd key, OptionMap options) override;
    void start_job(sdbus::Result<sdbus::ObjectPath>&& result, VolumeOperation operation, OptionMap volume,
                   const sdbus::UnixFd& keys, OptionMap options);
    void start_test(const Reply<bool>& reply, VolumeRequest request);
    sdbus::ObjectPath CreateVolumeSealed(const OptionMap& volume, const std::vector<std::uint8_t>& envelope,
                                         const OptionMap& options) override;
    sdbus::ObjectPath ReencryptVolumeSealed(const OptionMap& volume, const std::vector<std::uint8_t>& envelope,
                                            const OptionMap& options) override;
    void TestKeySealed(sdbus::Result<bool>&& result, OptionMap volume, std::vector<std::uint8_t> envelope,
                       OptionMap options) override;
    // The request with the keys that came with it in an envelope.
    [[nodiscard]] VolumeRequest unsealed(VolumeRequest parsed, const std::vector<std::uint8_t>& envelope);
    // Reads and checks the keys, and goes on with the request that has them.
    template <typename Answer, typename Then>
    void with_keys(const Answer& reply, VolumeRequest parsed, const sdbus::UnixFd& keys, Then then);

    std::string Version() override { return settings_.version; }
    std::string BootId() override;
    std::uint32_t GuestCount() override { return static_cast<std::uint32_t>(agent_.store().guests().size()); }
    std::uint32_t KeyCount() override { return static_cast<std::uint32_t>(agent_.store().key_count()); }
    std::uint64_t QuotaUsed() override;
    std::uint64_t QuotaMax() override;
    bool LibvirtConnected() override { return agent_.libvirt_connected(); }
    std::uint32_t JobCount() override { return static_cast<std::uint32_t>(agent_.volumes().queue().unfinished()); }

    [[nodiscard]] std::string sender() const;
    void store_keys(const AttachRequest& request, const FdContent& content, const std::string& sender);

    EventLoop& loop_;
    Agent& agent_;
    const Gate& gate_;
    const BusSettings settings_;
    Ongoing<FdReader> readers_;
    bool change_pending_ = false;
};

} // namespace guestkeyd
