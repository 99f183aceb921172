// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "base/unique_fd.h"
#include "cli/options.h"

#include <sys/types.h>

namespace guestkeyd::cli {

// While it lives, standard output goes through $PAGER or less(1), if it is a terminal and nobody objects.
class Pager {
  public:
    explicit Pager(const Options& options);
    ~Pager();
    Pager(const Pager&) = delete;
    Pager& operator=(const Pager&) = delete;

  private:
    pid_t child_ = -1;
    UniqueFd terminal_; // what standard output was before
};

} // namespace guestkeyd::cli
