// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "bus_test.h"

namespace guestkeyd::test {

class PolkitTest : public BusTest {
  protected:
    using BusTest::BusTest;

    [[nodiscard]] Call nobody_attaches(const UniqueFd& keys) const {
        return attach_keys(nobody, {guest, {{volume, {}}, {other_volume, {}}}, {}, false}, keys);
    }
    [[nodiscard]] PolkitCheck only_check() const {
        const auto checks = polkit->checks();
        EXPECT_EQ(checks.size(), 1U);
        return checks.empty() ? PolkitCheck{} : checks.front();
    }
    [[nodiscard]] bool wait_for_hanging(std::size_t count) const {
        return wait_until([&] { return polkit->hanging() == count; });
    }
};

} // namespace guestkeyd::test
