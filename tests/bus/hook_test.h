// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "bus_test.h"

namespace guestkeyd::test {

// GuestHook as libvirt's hook calls it. The secret driver that libvirt runs within the agent can look secrets up but
// not take any; a guest that starts with its keys is for the tests on a host.
class HookTest : public BusTest {
  protected:
    explicit HookTest(const std::map<std::string, std::string>& libvirt_options)
        : BusTest(AgentOptions{.secret_uri = "secret:///embed?root=" + secrets().path().string(),
                               .libvirt = libvirt_options}) {}

    void SetUp() override { wait_for_libvirt(); }

    static const TempDir& secrets() {
        static const TempDir dir;
        return dir;
    }
    // Of the guest "web", with a disk for each secret.
    [[nodiscard]] std::string domain_xml(const std::vector<std::string>& secrets_of_disks) const {
        std::string disks;
        for (const auto& secret : secrets_of_disks)
            disks += "<disk type='file' device='disk'><source file='/nowhere'><encryption format='luks'>"
                     "<secret type='passphrase' uuid='" +
                     secret + "'/></encryption></source><target dev='vda'/></disk>";
        return "<domain type='kvm'><name>web</name><uuid>" + guest + "</uuid><devices>" + disks + "</devices></domain>";
    }
    [[nodiscard]] Call hook(const char* operation, const UniqueFd& xml) const {
        Call call(root, {kManagerPath, kManagerInterface, "GuestHook"});
        call.with("ssssh", guest.c_str(), operation, "begin", "-", xml.get());
        return call;
    }
};

} // namespace guestkeyd::test
