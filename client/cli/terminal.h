// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "base/secret_buffer.h"

#include <string>

namespace guestkeyd::cli {

// What the kernel takes as one line of a terminal at most, with its newline (N_TTY, termios(3)).
inline constexpr std::size_t kLongestLine = 4096;

// Asks on standard error and returns what is typed, without showing it: a line, or what stood before the end of file.
// A signal that ends or stops the program finds the terminal as it was.
SecretBuffer read_hidden_line(int terminal, const std::string& prompt);

} // namespace guestkeyd::cli
