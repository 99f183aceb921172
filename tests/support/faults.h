// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <filesystem>
#include <gtest/gtest.h>
#include <string>
#include <string_view>

namespace guestkeyd::test {

// Faults that an agent is told to have, while it runs or before: see daemon/base/fault_point.h.
class Faults {
  public:
    explicit Faults(std::filesystem::path file) : file_(std::move(file)) {}

    // Each call replaces what was said before.
    void die_at(std::string_view point, unsigned hit = 1);
    void drop_events() { say("drop-events\n"); }
    void none() { say(""); }

    [[nodiscard]] const std::filesystem::path& file() const { return file_; }

  private:
    void say(std::string_view orders) const;

    std::filesystem::path file_;
    unsigned number_ = 0;
};

// Fault points that are come to only where libvirt takes secrets, which its driver for tests does not.
bool needs_libvirt_secrets(std::string_view point);

// As part of a test's name.
std::string name_of_point(const testing::TestParamInfo<std::string_view>& point);

} // namespace guestkeyd::test
