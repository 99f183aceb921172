// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "vm/host.h"

#include <string>
#include <vector>

namespace guestkeyd::test {

// Where in the memory of a running host a text is found, and in whose: one line for each place, "PROCESS", or what the
// kernel says of memory that no process has, like "free memory" or "slab". The host stops for the search.
std::vector<std::string> owners_of(Host& host, const std::string& text);

} // namespace guestkeyd::test
