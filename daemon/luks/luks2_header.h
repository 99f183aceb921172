// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "base/unique_fd.h"

#include <string>
#include <string_view>

namespace guestkeyd {

// Writes another JSON into a LUKS2 header, both copies one after the other, each with the next sequence number and its
// checksum (LUKS2 On-Disk Format Specification, section 2): killed in between, the newer one counts. Unsupported if the
// header, or the room in it, is not as cryptsetup makes it; title names the volume.
void write_luks2_json(const UniqueFd& volume, std::string_view json, const std::string& title);

} // namespace guestkeyd
