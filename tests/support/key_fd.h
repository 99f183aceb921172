// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "base/unique_fd.h"

#include <string_view>

namespace guestkeyd::test {

// Descriptors as callers pass them to AttachKeys. The keys of tests are no secrets, so they may be in strings.
struct Pipe {
    UniqueFd reading;
    UniqueFd writing;
};
Pipe make_pipe();
void write_all(const UniqueFd& fd, std::string_view content);

// The reading end of a pipe that holds the content, at most what a pipe holds, and whose writing end is closed.
UniqueFd pipe_with(std::string_view content);
UniqueFd sealed_memfd(std::string_view content);
UniqueFd unsealed_memfd(std::string_view content);
// Padded with NUL to a whole page, as secret memory is. Kernels before 6.5 have it only when booted so.
bool has_secret_memory();
UniqueFd secret_memfd(std::string_view content);

} // namespace guestkeyd::test
