// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "base/unique_fd.h"
#include "support/process.h"

#include <string>

namespace guestkeyd::test {

// A program that runs on a terminal of its own, and who sits at it. It is killed when this object goes.
class Terminal {
  public:
    explicit Terminal(const std::vector<std::string>& arguments, const Environment& environment);
    Terminal(const Terminal&) = delete;
    Terminal& operator=(const Terminal&) = delete;
    ~Terminal();

    // Whether the text comes to stand on it, after what was waited for before.
    [[nodiscard]] bool shows(const std::string& text);
    void type(const std::string& text) const;
    // Waits for the end; the exit status.
    int wait();
    // All that was shown.
    [[nodiscard]] const std::string& text() const { return text_; }

  private:
    bool read_some();

    UniqueFd terminal_;
    pid_t pid_ = -1;
    std::string text_;
    std::size_t seen_ = 0;
};

} // namespace guestkeyd::test
