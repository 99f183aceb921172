// SPDX-License-Identifier: LGPL-2.1-or-later
#include "guestkeyd/guest.h"

#include <array>

namespace guestkeyd {

std::string_view state_name(GuestState state) {
    static constexpr std::array<std::string_view, 5> kNames{"unknown", "expected", "present", "running", "leaving"};
    const auto index = static_cast<std::size_t>(state);
    return index < kNames.size() ? kNames[index] : kNames[0];
}

} // namespace guestkeyd
