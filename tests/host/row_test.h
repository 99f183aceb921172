// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "host/host_test.h"

namespace guestkeyd::test {

// What becomes of a guest's keys when this happens to it, by what they are wiped on.
class Row : public HostTest {
  protected:
    void keeps_keys(const LibvirtGuest& guest, const std::string& state) {
        EXPECT_TRUE(comes_to_be(guest, state));
        EXPECT_EQ(agent.keys().keys_of(guest.uuid()).size(), 1U);
        for (const auto& signal : signals.so_far())
            EXPECT_NE(signal.member, "KeysPurged") << signal.text;
    }

    void loses_keys(const LibvirtGuest& guest, const std::string& reason) {
        EXPECT_EQ(signals.next("KeysPurged").text,
                  "\"" + guest.uuid() + "\", [\"" + guest.volume() + "\"], \"" + reason + "\"");
        EXPECT_TRUE(wait_until([this] { return agent.keys().serials().empty(); }));
    }

    // Whoever has kept the keys until now loses them now, and for this reason.
    void keeps_keys_until_undefined(const LibvirtGuest& guest) {
        EXPECT_EQ(guest.undefine().status, 0);
        loses_keys(guest, "undefined");
    }

    static void must(const Finished& finished) { ASSERT_EQ(finished.status, 0) << finished.error; }
};

} // namespace guestkeyd::test
