// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

namespace guestkeyd {

// Before keys are in memory: no core dumps, no ptrace(2) by others of our uid, freed memory overwritten, and as much
// locked memory as the limit can be raised to.
void protect_memory();

// Gives memory that was freed, but kept for later, back to the kernel (malloc_trim(3)).
void release_free_memory();

// Gives up all capabilities (capabilities(7)) for ever; uid 0 stays, whose files libvirt's sockets are.
void drop_capabilities();

} // namespace guestkeyd
