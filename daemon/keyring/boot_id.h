// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string>

namespace guestkeyd {

// Another one whenever the kernel was booted anew, and so has lost all keys: a UUID (random(4)).
std::string read_boot_id();

} // namespace guestkeyd
