// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "base/id.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace guestkeyd {

// What is kept of a mapping from before it is opened until it is known to be closed, as payload of a key of its own:
// keyring and mapping live and end with the same kernel. It outlives the keys of the guest.
struct MappingRecord {
    std::string name;
    GuestId guest;
    VolumeId volume;
    std::string device;
    std::uint64_t opened = 0; // or begun to be, in seconds since 1970; the last time
    bool suspended = false;   // its volume key was wiped under the guest

    bool operator==(const MappingRecord&) const = default;
};

std::string mapping_description(std::string_view name);
bool is_mapping_description(std::string_view description);
std::string encode_mapping(const MappingRecord& record);

// None for what no version of ours wrote, or a newer one.
std::optional<MappingRecord> decode_mapping(std::string_view description, std::string_view payload);

} // namespace guestkeyd
