// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <string>
#include <sys/types.h>

namespace guestkeyd::test {

// What uids and gids the kernel sees while this object lives, in this thread alone: sockets connected meanwhile belong
// to that user for good, which is what the bus and polkit go by. Saved uid stays root's, to come back.
class ActingAs {
  public:
    // A user of the machine: the bus turns away uids without a name.
    explicit ActingAs(const std::string& user);
    ActingAs(const ActingAs&) = delete;
    ActingAs& operator=(const ActingAs&) = delete;
    ~ActingAs();
};

// The same for the real uid alone, which decides whose keyring KEY_SPEC_USER_KEYRING is.
class RealUid {
  public:
    explicit RealUid(uid_t uid);
    RealUid(const RealUid&) = delete;
    RealUid& operator=(const RealUid&) = delete;
    ~RealUid();

  private:
    uid_t before_;
};

} // namespace guestkeyd::test
