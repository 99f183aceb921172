// SPDX-License-Identifier: LGPL-2.1-or-later
#include "keyring/anchor.h"

#include "base/error.h"
#include "base/id.h"

#include <array>
#include <cerrno>
#include <charconv>
#include <keyutils.h>
#include <pwd.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace guestkeyd {

namespace {

// KEY_SPEC_USER_KEYRING means that of the real uid. The plain system call, because setresuid(3) would reach out to
// threads; effective and file system uid stay root's, so keys made meanwhile are root's.
void set_real_uid(uid_t uid) {
    constexpr auto kUnchanged = static_cast<uid_t>(-1);
    if (syscall(SYS_setresuid, uid, kUnchanged, kUnchanged) < 0)
        throw_errno(errno, "change the real uid to " + std::to_string(uid) + " to enter its user keyring");
}

} // namespace

Anchor Anchor::enter(uid_t user) {
    const uid_t before = getuid();
    set_real_uid(user);
    const bool linked = keyctl_link(KEY_SPEC_USER_KEYRING, KEY_SPEC_PROCESS_KEYRING) == 0;
    const auto serial = linked ? keyctl_get_keyring_ID(KEY_SPEC_USER_KEYRING, 0) : -1;
    const int error = errno;
    set_real_uid(before);
    if (serial < 0)
        throw_errno(error, "enter the user keyring of uid " + std::to_string(user));
    return Anchor(serial);
}

uid_t resolve_user(const std::string& name_or_uid) {
    uid_t uid = 0;
    const char* end = name_or_uid.data() + name_or_uid.size();
    if (std::from_chars(name_or_uid.data(), end, uid).ptr == end && !name_or_uid.empty())
        return uid;
    passwd entry{};
    passwd* found = nullptr;
    std::array<char, 4096> strings{};
    getpwnam_r(name_or_uid.c_str(), &entry, strings.data(), strings.size(), &found);
    if (!found)
        throw Failure(ErrorCode::InvalidArgs, "there is no user " + quoted(name_or_uid) +
                                                  " to anchor the keys at; make it with "
                                                  "systemd-sysusers, or set AnchorUser=");
    return entry.pw_uid;
}

} // namespace guestkeyd
