// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "base/error.h"

namespace guestkeyd {

// The agent is not on the bus and cannot be started, or there is no bus. Nothing was done; it may work later.
class Unreachable : public Failure {
  public:
    explicit Unreachable(std::string message) : Failure(ErrorCode::Internal, std::move(message)) {}
};

} // namespace guestkeyd
