// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <memory>
#include <vector>

namespace guestkeyd {

// Owns operations that are under way. An operation asks to be dropped from its own last callback, so a dropped one must
// touch nothing of itself afterwards.
template <typename Operation> class Ongoing {
  public:
    Operation& keep(std::unique_ptr<Operation> operation) {
        operations_.push_back(std::move(operation));
        return *operations_.back();
    }
    void drop(const Operation* operation) {
        std::erase_if(operations_, [operation](const auto& each) { return each.get() == operation; });
    }

  private:
    std::vector<std::unique_ptr<Operation>> operations_;
};

} // namespace guestkeyd
