// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "guestkeyd/volume.h"

#include <string>

namespace guestkeyd::cli {

// A path that begins with "/" or ".", or POOL/NAME. InvalidArgs for anything else.
VolumePlace parse_volume_place(const std::string& operand);

// For messages: the path, or POOL/NAME.
std::string human_place(const VolumePlace& place);

} // namespace guestkeyd::cli
