// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "support/process.h"
#include "support/temp_dir.h"

#include <fstream>
#include <gtest/gtest.h>
#include <string>

namespace guestkeyd::test {

// A folder with room for so many KiB, which can be used up.
class SmallDisk {
  public:
    explicit SmallDisk(int kibibytes) {
        const auto size = "size=" + std::to_string(kibibytes) + "k";
        EXPECT_EQ(run({"mount", "-t", "tmpfs", "-o", size, "none", dir_.path()}).status, 0);
    }
    SmallDisk(const SmallDisk&) = delete;
    SmallDisk& operator=(const SmallDisk&) = delete;
    ~SmallDisk() { EXPECT_EQ(run({"umount", dir_.path()}).status, 0); }

    [[nodiscard]] std::filesystem::path operator/(std::string_view name) const { return dir_ / name; }
    void fill() const {
        std::ofstream file(dir_ / "fill");
        while (file << std::string(4096, 'x') << std::flush)
            continue;
    }
    void make_room() const { std::filesystem::remove(dir_ / "fill"); }

  private:
    TempDir dir_;
};

} // namespace guestkeyd::test
