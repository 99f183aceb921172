// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "vm/host.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace guestkeyd::test {

enum class Packages { Installed, NotInstalled };

// A host that boots for this program, and ends with it, with guestkeyd installed if nothing else is said.
Host& boot_host(const MachineTraits& traits, Packages packages = Packages::Installed);
// Several, at the same time.
std::vector<Host*> boot_hosts(const std::vector<MachineTraits>& traits, Packages packages = Packages::Installed);

} // namespace guestkeyd::test
