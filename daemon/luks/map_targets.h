// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "luks/device_mapper.h"

#include <optional>
#include <string>
#include <vector>

namespace guestkeyd {

// A range of a device, in sectors of 512 bytes.
struct SectorRange {
    std::uint64_t start;
    std::uint64_t length;
    bool operator==(const SectorRange&) const = default;
};

// While libcryptsetup re-encrypts online, the mapping stands on an overlay, whose table is of "crypt" lines with the
// old and the new volume key, and one for the hot zone, which stands on a device of its own ("linear", onto the
// volume), so that who uses it can be made to wait.

// What of the overlay stands on the hot zone's device; none if nothing does.
std::optional<SectorRange> hotzone_of(const std::vector<MapTarget>& overlay, const std::string& hotzone_number);

// The same table without the device of the hot zone, whose own table is given, and with lines joined that go on where
// the one before ends: what the mapping has when nothing is being re-encrypted. Internal if the tables are not as
// libcryptsetup makes them.
std::vector<MapTarget> without_hotzone(const std::vector<MapTarget>& overlay, const std::string& hotzone_number,
                                       const std::vector<MapTarget>& hotzone);

} // namespace guestkeyd
