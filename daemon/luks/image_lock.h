// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "base/unique_fd.h"

#include <string>

namespace guestkeyd {

// Holds off QEMU, and other workers, from an image or block device as QEMU's own processes hold each other off: by
// locks on single bytes of it, that stand for what one does, and for what one does not stand beside oneself
// (QEMU, docs/system/qemu-block-drivers, "locking"; block/file-posix.c). They go with the file descriptor.
enum class ImageUse {
    Change, // nobody else may read or write
    Copy,   // nobody else may write: our own qemu-img reads
};

// Busy if somebody else has it open; title names it in the message.
void lock_image(const UniqueFd& image, ImageUse use, const std::string& title);

} // namespace guestkeyd
