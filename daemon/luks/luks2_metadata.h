// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace guestkeyd {

// What libcryptsetup does not know of its own re-encryption (seen in 2.6.1; 2.8 computes the same): when all data are
// re-encrypted, the header still says so for a moment, until it is cleared of what that took. Resumed from there,
// libcryptsetup begins anew at the first sector, takes new ciphertext for old, and destroys the volume.
//
// So the rest is done here. In that state neither key opens the volume for libcryptsetup, once it has begun to remove
// old key slots, because it asks for both volume keys.
struct FinishedReencryption {
    std::string json; // what the header should say: the final segment, its digest and that one's slots
    std::vector<int> key_slots;
    std::vector<int> old_key_slots; // of the volume key that is not used any more
};

// None if a header with this JSON is in any other state.
std::optional<FinishedReencryption> find_finished_reencryption(std::string_view json);

} // namespace guestkeyd
