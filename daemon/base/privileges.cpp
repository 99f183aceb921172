// SPDX-License-Identifier: LGPL-2.1-or-later
#include "base/privileges.h"

#include "base/error.h"

#include <cap-ng.h>
#include <cerrno>
#include <cstdint>
#include <link.h>
#include <malloc.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>
#include <vector>

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

namespace {

// Of code and constants, never of data: what is touched again comes back from the page cache (madvise(2)).
int unmap_clean_pages(dl_phdr_info* object, std::size_t, void*) {
    const auto page = static_cast<std::uintptr_t>(sysconf(_SC_PAGESIZE));
    for (int i = 0; i < object->dlpi_phnum; ++i) {
        const auto& segment = object->dlpi_phdr[i];
        if (segment.p_type != PT_LOAD || (segment.p_flags & PF_W) != 0)
            continue;
        const auto begin = (object->dlpi_addr + segment.p_vaddr) / page * page;
        madvise(reinterpret_cast<void*>(begin), object->dlpi_addr + segment.p_vaddr + segment.p_memsz - begin, // NOLINT
                MADV_DONTNEED);
    }
    return 0;
}

} // namespace

void shrink() {
    malloc_trim(0);
    dl_iterate_phdr(&unmap_clean_pages, nullptr);
}

void drop_capabilities() {
    capng_clear(CAPNG_SELECT_BOTH);
    if (capng_apply(CAPNG_SELECT_CAPS) < 0)
        throw_errno(errno, "give up capabilities");
}

void keep_capabilities(std::initializer_list<unsigned> capabilities) {
    capng_get_caps_process();
    std::vector<unsigned> kept;
    for (const auto each : capabilities)
        if (capng_have_capability(CAPNG_PERMITTED, each) != 0)
            kept.push_back(each);
    capng_clear(CAPNG_SELECT_BOTH);
    for (const auto each : kept)
        capng_update(CAPNG_ADD, static_cast<capng_type_t>(CAPNG_EFFECTIVE | CAPNG_PERMITTED), each);
    if (capng_apply(CAPNG_SELECT_CAPS) < 0)
        throw_errno(errno, "give up capabilities");
}

} // namespace guestkeyd
