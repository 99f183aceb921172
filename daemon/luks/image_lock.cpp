// SPDX-License-Identifier: LGPL-2.1-or-later
#include "luks/image_lock.h"

#include "base/error.h"
#include "luks/lock_patience.h"

#include <cerrno>
#include <fcntl.h>
#include <initializer_list>
#include <unistd.h>

namespace guestkeyd {

namespace {

// Bytes of QEMU: from 100 what a process does, from 200 what it does not share.
constexpr off_t kDoesWrite = 101;
constexpr off_t kSharesNoRead = 200;
constexpr off_t kSharesNoWrite = 201;
constexpr off_t kSharesNoResize = 203;
constexpr off_t kFirst = 100;
constexpr off_t kLength = 200;

struct flock range(short type, off_t start, off_t length) {
    struct flock lock {};
    lock.l_type = type;
    lock.l_whence = SEEK_SET;
    lock.l_start = start;
    lock.l_len = length;
    return lock;
}

bool others_have_none(const UniqueFd& image, const std::string& title) {
    auto lock = range(F_WRLCK, kFirst, kLength);
    if (fcntl(image.get(), F_OFD_GETLK, &lock) < 0)
        throw_errno(errno, "look for locks of " + title);
    return lock.l_type == F_UNLCK;
}

void take(const UniqueFd& image, std::initializer_list<off_t> bytes, const std::string& title) {
    for (const auto byte : bytes) {
        auto lock = range(F_RDLCK, byte, 1);
        if (fcntl(image.get(), F_OFD_SETLK, &lock) < 0)
            throw_errno(errno, "lock " + title);
    }
}

} // namespace

void lock_image(const UniqueFd& image, ImageUse use, const std::string& title) {
    const auto is_free = [&] { return others_have_none(image, title); };
    if (comes_free(is_free)) {
        // First ours, then a look at those of others: who comes at the same time sees ours, or we see theirs.
        if (use == ImageUse::Change)
            take(image, {kDoesWrite, kSharesNoRead, kSharesNoWrite, kSharesNoResize}, title);
        else
            take(image, {kSharesNoWrite, kSharesNoResize}, title);
        if (is_free())
            return;
    }
    throw Failure(ErrorCode::Busy,
                  title + " is in use by a guest, qemu-img or another job; try again when that has ended");
}

} // namespace guestkeyd
