// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "luks/volume.h"

#include <optional>
#include <string>

namespace guestkeyd {

// What is on the volume, in words like "an ext4 filesystem"; none if it is empty: a file is if all of it reads as
// zeros, a block device if its first and last MiB do and no signature is on it.
std::optional<std::string> find_content(const Volume& volume);

} // namespace guestkeyd
