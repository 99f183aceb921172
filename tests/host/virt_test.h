// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "host/guestkey_host.h"

#include <string>

namespace guestkeyd::test {

// virt-install and virt-manager through guestkey, and a pool "default" for what they create.
class VirtTest : public HostGuestkey {
  protected:
    void SetUp() override;
    void TearDown() override;

    [[nodiscard]] Environment environment() const override;
    [[nodiscard]] std::string folder() const override { return dir.path().string(); }
    [[nodiscard]] Finished finish(const Command& command) const override;
    [[nodiscard]] Finished shell(const std::string& words) const { return finish(in_shell(words)); }
    // The words that have guestkey run one, for the host's libvirt.
    [[nodiscard]] static std::string tool(const std::string& name);
    // What virt-install needs for a small guest, but for its disks, and without anything that the host may lack.
    [[nodiscard]] static std::string options(const std::string& guest);
    // The words that have virt-install make a small guest with these disks.
    [[nodiscard]] static std::string install(const std::string& guest, const std::string& disks);
    [[nodiscard]] std::string volumes() const { return guestkey("volume list --no-legend").output; }
    [[nodiscard]] std::string guests_with_keys() const { return guestkey("guest list --no-legend").output; }
    [[nodiscard]] std::string pool(const std::string& file = "") const { return dir / "pool" / file; }
    [[nodiscard]] static std::string xml_of(const std::string& guest) { return virsh({"dumpxml", guest}).output; }
    // Whether QEMU would need a key to read the volume.
    [[nodiscard]] static bool is_encrypted(const std::string& file);
};

} // namespace guestkeyd::test
