// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "volume_bus_test.h"

#include "support/guestkey_user.h"

namespace guestkeyd::test {

// guestkey in a home of its own, with a database that a key file opens, and the host of the test as "here".
class GuestkeyTest : public VolumeBusTest, protected GuestkeyUser {
  protected:
    void SetUp() override {
        wait_for_libvirt();
        expect("init --key-file=master", 0, "key database made");
        expect("host add here test:///default", 0, "added");
    }
    [[nodiscard]] Environment environment() const override {
        auto variables = bus.environment();
        variables["XDG_DATA_HOME"] = at("data");
        return variables;
    }
    [[nodiscard]] std::string folder() const override { return at(""); }
    // The UUID of the volume that is made.
    [[nodiscard]] std::string create(const std::string& arguments) const {
        const auto made = guestkey("volume create --json=short here " + arguments);
        EXPECT_EQ(made.status, 0) << made.output << made.error;
        const auto at = made.output.find("\"uuid\":\"");
        return at == std::string::npos ? "" : made.output.substr(at + 8, 36);
    }
    // How many keys in this state the database has of the volume.
    [[nodiscard]] int keys(const std::string& state, const std::string& of) const {
        const auto shown = guestkey("volume show --json=short " + of).output;
        int count = 0;
        const auto word = "\"state\":\"" + state + "\"";
        for (auto at = shown.find(word); at != std::string::npos; at = shown.find(word, at + 1))
            ++count;
        return count;
    }
};

} // namespace guestkeyd::test
