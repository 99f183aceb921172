// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "luks/crypt_device.h"
#include "luks/qcow2_header.h"
#include "luks/volume.h"

namespace guestkeyd {

// A volume in one of the three formats, found out by its header.
class LuksVolume {
  public:
    // NotLuks if it is in none of them; InvalidArgs if another one than that was expected.
    LuksVolume(const Volume& volume, std::optional<VolumeFormat> expected);

    [[nodiscard]] VolumeFormat format() const { return qcow2_ ? VolumeFormat::Qcow2 : device_->format(); }
    [[nodiscard]] bool opens(std::string_view key) { return device_->slot_of(key).has_value(); }
    [[nodiscard]] CryptDevice& device() { return *device_; }
    [[nodiscard]] const std::optional<Qcow2Header>& qcow2() const { return qcow2_; }

  private:
    std::optional<Qcow2Header> qcow2_;
    UniqueFd inner_header_; // of qcow2
    std::unique_ptr<CryptDevice> device_;
};

} // namespace guestkeyd
