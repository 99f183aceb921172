// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <cstdint>
#include <string>
#include <sys/types.h>
#include <vector>

namespace guestkeyd::test {

using Serial = std::int32_t;

// A uid that no user has and no other running test has, so that its user keyring is the caller's alone.
uid_t unused_uid();

// The keys that an agent keeps at its anchor, seen as the agent sees them. They are wiped when this object goes.
class AnchorKeys {
  public:
    AnchorKeys();
    AnchorKeys(const AnchorKeys&) = delete;
    AnchorKeys& operator=(const AnchorKeys&) = delete;
    ~AnchorKeys();

    [[nodiscard]] uid_t uid() const { return uid_; }
    // All that hang below the anchor, but for keyrings.
    [[nodiscard]] std::vector<Serial> serials() const;
    // Those of them that hold a key of a volume of the guest; empty: of any guest.
    [[nodiscard]] std::vector<Serial> keys_of(const std::string& guest = {}) const;
    // Those of them that the kernel will keep for ever, because they have no timeout.
    [[nodiscard]] std::vector<Serial> endless_keys_of(const std::string& guest) const;
    // Whether none of it, the keyrings included, may even be seen by a process that does not possess it.
    [[nodiscard]] bool only_for_possessor() const;
    // What these hold, sorted.
    [[nodiscard]] std::vector<std::string> payloads_of(const std::string& guest) const;
    void wipe() const;

  private:
    uid_t uid_;
};

// Whether the kernel no longer knows the key, or what it held: looked up by its serial.
bool is_gone(Serial serial);

} // namespace guestkeyd::test
