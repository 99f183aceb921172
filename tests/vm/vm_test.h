// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "vm/host.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace guestkeyd::test {

// A host that boots for this program, with guestkeyd installed, and ends with it. What the tests want to be alone with,
// they have under names of their own.
Host& boot_host(const MachineTraits& traits);
// Several, at the same time.
std::vector<Host*> boot_hosts(const std::vector<MachineTraits>& traits);

} // namespace guestkeyd::test
