// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <chrono>
#include <thread>

namespace guestkeyd::test {

// Long enough for a slow machine under a sanitizer: only what has failed waits so long.
inline constexpr std::chrono::seconds kPatience{60};

// Whether the condition came true before the deadline; it is looked at so often.
template <typename Condition>
[[nodiscard]] bool wait_until(Condition condition, std::chrono::milliseconds patience = kPatience,
                              std::chrono::milliseconds interval = std::chrono::milliseconds(2)) {
    const auto deadline = std::chrono::steady_clock::now() + patience;
    while (!condition()) {
        if (std::chrono::steady_clock::now() >= deadline)
            return false;
        std::this_thread::sleep_for(interval);
    }
    return true;
}

} // namespace guestkeyd::test
