// SPDX-License-Identifier: LGPL-2.1-or-later
#include "base/privileges.h"

#include "base/error.h"

#include <cap-ng.h>
#include <cerrno>
#include <malloc.h>
#include <sys/prctl.h>
#include <sys/resource.h>

namespace guestkeyd {

void protect_memory() {
    prctl(PR_SET_DUMPABLE, 0);
    // libvirt's client library does not wipe the buffers that a key passes through on its way to libvirtd. This makes
    // free(3) overwrite them (mallopt(3)), but for blocks of up to 1032 bytes that glibc keeps in a cache of the
    // thread; the unit turns that off, which a program cannot do for itself.
    constexpr int kFreedByte = 0x5a;
    mallopt(M_PERTURB, kFreedByte);
    constexpr rlim_t kLockedMemory = 64 * 1024 * 1024;
    const rlimit limit{kLockedMemory, kLockedMemory};
    setrlimit(RLIMIT_MEMLOCK, &limit); // refused under a lower hard limit, which then holds
}

void release_free_memory() {
    malloc_trim(0);
}

void drop_capabilities() {
    capng_clear(CAPNG_SELECT_BOTH);
    if (capng_apply(CAPNG_SELECT_CAPS) < 0)
        throw_errno(errno, "give up capabilities");
}

} // namespace guestkeyd
