// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "agent/guest.h"
#include "agent/mapping_record.h"

#include <string_view>

namespace guestkeyd {

// What the kernel has, as sysfs tells: also to the agent, which has access to no device.
bool has_device_mapper();
bool mapping_exists(std::string_view name);
// Busy if it does: it was not opened here. volume: whose it was to be.
void refuse_foreign_mapping(const std::string& name, VolumeId volume);

// Nobody runs who could use the mapping. Not known is not stopped.
bool has_stopped(GuestState state);

// Whether a mapping that was not closed when its guest ended has to be closed now. A guest that is being started is
// not running yet: its mapping is left alone for a minute, unless it is told to have ended.
bool is_left_over(const MappingRecord& record, GuestState state, std::uint64_t now);

} // namespace guestkeyd
