// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "support/connection.h"
#include "support/process.h"
#include "support/temp_dir.h"

#include <string>

namespace guestkeyd::test {

struct PolkitFiles {
    std::string rules;  // JavaScript, in place of what the administrator has in /etc/polkit-1/rules.d
    std::string users;  // lines of passwd(5), before the machine's own
    std::string groups; // lines of group(5), likewise
};

// The machine's polkitd on a private bus, with the project's actions among those installed, and rules, users and groups
// of the test's own. It sees them in a mount namespace; the machine's files stay as they are.
class RealPolkit {
  public:
    RealPolkit(const std::string& bus_address, const PolkitFiles& files);

  private:
    void prepare(const PolkitFiles& files) const;

    TempDir dir_;
    Connection bus_;
    Process daemon_;
};

} // namespace guestkeyd::test
