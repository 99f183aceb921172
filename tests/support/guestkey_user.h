// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "support/process.h"

#include <gtest/gtest.h>
#include <string>

namespace guestkeyd::test {

// Somebody who has guestkey(1), in a shell: a part of a fixture.
class GuestkeyUser {
  protected:
    GuestkeyUser() = default;
    GuestkeyUser(const GuestkeyUser&) = delete;
    GuestkeyUser& operator=(const GuestkeyUser&) = delete;
    ~GuestkeyUser() = default;

    [[nodiscard]] virtual Environment environment() const = 0;
    // Where the shell is.
    [[nodiscard]] virtual std::string folder() const { return "."; }

    [[nodiscard]] Command in_shell(const std::string& words) const {
        return {{"bash", "-c", "cd " + folder() + " && " + words}, environment()};
    }
    [[nodiscard]] Command command(const std::string& arguments) const {
        return in_shell("exec " GUESTKEY_PROGRAM " " + arguments);
    }
    // Waits for its end.
    [[nodiscard]] virtual Finished finish(const Command& command) const {
        return run(command.arguments, command.environment);
    }
    [[nodiscard]] Finished guestkey(const std::string& arguments) const { return finish(command(arguments)); }
    void expect(const std::string& arguments, int status, const std::string& words) const {
        const auto finished = guestkey(arguments);
        const auto said = finished.output + finished.error;
        EXPECT_EQ(finished.status, status) << arguments << "\n" << said;
        EXPECT_NE(said.find(words), std::string::npos) << arguments << "\n" << said;
    }
};

} // namespace guestkeyd::test
