// SPDX-License-Identifier: LGPL-2.1-or-later
#include "luks/content_probe.h"

#include "base/error.h"
#include "base/id.h"

#include <algorithm>
#include <array>
#include <blkid/blkid.h>
#include <cerrno>
#include <memory>
#include <unistd.h>

namespace guestkeyd {

namespace {

constexpr std::uint64_t kEdge = 1024 * 1024;

struct FreeProbe {
    void operator()(blkid_probe probe) const { blkid_free_probe(probe); }
};

std::optional<std::string> signature(const Volume& volume) {
    const std::unique_ptr<blkid_struct_probe, FreeProbe> probe(blkid_new_probe());
    if (!probe || blkid_probe_set_device(probe.get(), volume.fd().get(), 0, 0) < 0)
        throw Failure(ErrorCode::Internal, "cannot look at what is on " + volume.title());
    blkid_probe_enable_superblocks(probe.get(), 1);
    blkid_probe_enable_partitions(probe.get(), 1);
    if (blkid_do_probe(probe.get()) != 0)
        return std::nullopt;
    for (const char* name : {"TYPE", "PTTYPE"}) {
        const char* value = nullptr;
        if (blkid_probe_lookup_value(probe.get(), name, &value, nullptr) == 0)
            return "what looks like " + quoted(std::string_view(value));
    }
    return "a signature";
}

// Whether all bytes from begin to end are zero; holes of a file are not read.
bool all_zero(const Volume& volume, std::uint64_t begin, std::uint64_t end) {
    std::array<char, 256 * 1024> chunk;
    auto at = static_cast<off_t>(begin);
    while (static_cast<std::uint64_t>(at) < end) {
        const auto data = volume.is_block_device() ? at : lseek(volume.fd().get(), at, SEEK_DATA);
        if (data < 0 && errno == ENXIO)
            return true;
        at = std::max(at, data);
        const auto length = std::min<std::uint64_t>(chunk.size(), end - std::min(end, static_cast<std::uint64_t>(at)));
        const auto n = pread(volume.fd().get(), chunk.data(), length, at);
        if (n < 0)
            throw_errno(errno, "read " + volume.title());
        if (n == 0)
            return true;
        if (!std::all_of(chunk.begin(), chunk.begin() + n, [](char c) { return c == 0; }))
            return false;
        at += n;
    }
    return true;
}

} // namespace

std::optional<std::string> find_content(const Volume& volume) {
    if (auto found = signature(volume))
        return found;
    const auto size = volume.size();
    const bool empty = volume.is_block_device() ? all_zero(volume, 0, std::min(size, kEdge)) &&
                                                      all_zero(volume, size - std::min(size, kEdge), size)
                                                : all_zero(volume, 0, size);
    return empty ? std::nullopt : std::optional<std::string>("data");
}

} // namespace guestkeyd
