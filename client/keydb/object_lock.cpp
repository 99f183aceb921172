// SPDX-License-Identifier: LGPL-2.1-or-later
#include "keydb/object_lock.h"

#include "base/error.h"
#include "sealing/guarded_file.h"

#include <cerrno>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>

namespace guestkeyd::keydb {

// The file stays: who removes a file of locks may remove one that was just locked.
ObjectLock::ObjectLock(const std::filesystem::path& database, const std::string& id, const std::string& called) {
    const auto folder = database.parent_path() / "locks";
    prepare_folder(folder);
    fd_ = UniqueFd(open((folder / id).c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, S_IRUSR | S_IWUSR));
    if (!fd_)
        throw_errno(errno, "open " + (folder / id).string());
    if (flock(fd_.get(), LOCK_EX | LOCK_NB) == 0)
        return;
    if (errno != EWOULDBLOCK)
        throw_errno(errno, "lock " + (folder / id).string());
    throw Failure(ErrorCode::Busy, "another guestkey works on " + called + "; try again when it is done");
}

} // namespace guestkeyd::keydb
