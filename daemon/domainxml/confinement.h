// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

namespace guestkeyd {

// From here on this process can read its standard input, write its standard output and error, use a bounded amount of
// memory and time, and exit: nothing else, for ever (setrlimit(2), seccomp(2)). Throws Failure if the kernel refuses.
void confine_this_process();

} // namespace guestkeyd
