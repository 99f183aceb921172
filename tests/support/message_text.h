// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string>

struct sd_bus_message;

namespace guestkeyd::test {

// The arguments of a message as text, to compare with and to read in a failed test: strings quoted, [a, b] for an
// array, {k: v} for a dictionary, (a, b) for a struct, a variant as what it holds.
std::string text_of(sd_bus_message* message);

} // namespace guestkeyd::test
