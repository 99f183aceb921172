// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <sys/types.h>

namespace guestkeyd::cli {

// While it lives, polkit can ask for a password on this terminal (pkttyagent(1)), unless a desktop does that already.
class PasswordAgent {
  public:
    PasswordAgent();
    ~PasswordAgent();
    PasswordAgent(const PasswordAgent&) = delete;
    PasswordAgent& operator=(const PasswordAgent&) = delete;

  private:
    pid_t child_ = -1;
};

} // namespace guestkeyd::cli
