// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <string>
#include <sys/types.h>

namespace guestkeyd {

using KeySerial = std::int32_t;

// The user keyring (user-keyring(7)) of a system user that runs nothing. It outlives every process, so keys survive a
// crash and an upgrade of the agent; and since no session links it, no other root process possesses what hangs below
// it.
class Anchor {
  public:
    // Takes possession for this process. Call once, before any other thread exists: a process keyring is shared with
    // threads that start later only. Needs CAP_SETUID. Internal if the kernel refuses.
    static Anchor enter(uid_t user);

    [[nodiscard]] KeySerial serial() const { return serial_; }

  private:
    explicit Anchor(KeySerial serial) : serial_(serial) {}
    KeySerial serial_;
};

// The uid of a user given by name or number; InvalidArgs if there is no such user.
uid_t resolve_user(const std::string& name_or_uid);

} // namespace guestkeyd
