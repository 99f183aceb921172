// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "base/unique_fd.h"

#include <cstdint>
#include <optional>
#include <string>

namespace guestkeyd {

// What the header of a qcow2 image with LUKS says (QEMU, docs/interop/qcow2.txt).
struct Qcow2Header {
    std::uint64_t capacity = 0;     // bytes that the guest sees
    std::uint64_t cluster_size = 0; // bytes
    std::uint64_t luks_offset = 0;  // bytes into the image
    std::uint64_t luks_length = 0;  // bytes
    bool has_backing_file = false;
    bool has_data_file = false;
    bool has_snapshots = false;
    bool has_bitmaps = false;
};

// None if it is no qcow2 image at all; NotLuks if it is one without LUKS, or a damaged one.
std::optional<Qcow2Header> read_qcow2_header(const UniqueFd& image, const std::string& title);

// The LUKS1 header that is inside, in an anonymous file of its own.
UniqueFd copy_luks_header(const UniqueFd& image, const Qcow2Header& header, const std::string& title);

} // namespace guestkeyd
