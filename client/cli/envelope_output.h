// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "cli/options.h"

#include <cstdint>
#include <string>
#include <vector>

namespace guestkeyd::cli {

// For verbs that make envelopes. Both are InvalidArgs, before anything is done: without --recipient, and when standard
// output is a terminal, for which they are not.
std::string read_recipient(const Options& options);
void require_redirected_output();

void write_envelope(const std::vector<std::uint8_t>& envelope);

} // namespace guestkeyd::cli
