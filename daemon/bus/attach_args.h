// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "agent/key_store.h"
#include "bus/options.h"

#include <vector>

namespace guestkeyd {

using VolumeArgs = std::vector<sdbus::Struct<std::string, OptionMap>>;

// The arguments of AttachKeys, checked, but for the keys. InvalidArgs, Unsupported; LimitsExceeded for more volumes
// than a guest may have.
AttachRequest parse_attach(const std::string& guest, const VolumeArgs& volumes, OptionMap options,
                           std::size_t max_volumes);

// InvalidArgs for 0, and for more than ten years.
std::uint64_t checked_seconds(std::uint64_t seconds, const char* name);

// InvalidArgs for an empty list, and for a volume that stands twice.
std::vector<VolumeId> parse_volumes(const std::vector<std::string>& volumes);

} // namespace guestkeyd
