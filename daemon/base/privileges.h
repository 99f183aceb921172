// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <initializer_list>

namespace guestkeyd {

// Before keys are in memory: no core dumps, no ptrace(2) by others of our uid, freed memory overwritten, and as much
// locked memory as the limit can be raised to.
void protect_memory();

// Gives back what a start or a burst of work has left behind: memory that was freed but kept for later
// (malloc_trim(3)), and the mapped pages of libraries, most of which only the dynamic linker looks at.
void shrink();

// Gives up all capabilities (capabilities(7)) for ever; uid 0 stays, whose files libvirt's sockets are.
void drop_capabilities();

// Gives up all capabilities but those (CAP_... of linux/capability.h) that this process has, for ever.
void keep_capabilities(std::initializer_list<unsigned> capabilities);

} // namespace guestkeyd
