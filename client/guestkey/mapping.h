// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "keydb/records.h"

#include <optional>
#include <string>

namespace guestkeyd::guestkey {

// Whether the host opens it for its guest, by dm-crypt, and not QEMU.
bool is_mapped(const keydb::VolumeRecord& volume);

// The name of its mapping, which is the same on each host.
std::string mapping_of(const VolumeId& volume);
std::string mapped_device(const VolumeId& volume); // "/dev/mapper/NAME"
// The volume whose mapped device that is.
std::optional<VolumeId> volume_mapped_as(const std::string& device);

// What domain XML says for a guest that has the volume: "its secret is" and a UUID, or "its disk is" and a device.
std::string in_domain_xml(const keydb::VolumeRecord& volume);

} // namespace guestkeyd::guestkey
