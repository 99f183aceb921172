// SPDX-License-Identifier: LGPL-2.1-or-later
#include "settings.h"

#include "support/temp_dir.h"

#include <filesystem>
#include <gtest/gtest.h>

namespace guestkeyd::test {
namespace {

class HookSettings : public testing::Test {
  protected:
    void write(const std::string& file, const std::string& text) {
        std::filesystem::create_directories((dir_ / file).parent_path());
        write_file(dir_ / file, text);
    }
    WhenAgentIsDown read() { return when_agent_is_down(dir_ / "guestkeyd.conf"); }

  private:
    TempDir dir_;
};

TEST_F(HookSettings, RefuseIsTheDefault) {
    EXPECT_EQ(read(), WhenAgentIsDown::Refuse);
    write("guestkeyd.conf", "[Agent]\nAnchorUser=guestkeyd\nWhenAgentIsDown=start\n");
    EXPECT_EQ(read(), WhenAgentIsDown::Refuse);
}

TEST_F(HookSettings, StartMustBeSaidClearly) {
    write("guestkeyd.conf", "[Hook]\nWhenAgentIsDown=start\n");
    EXPECT_EQ(read(), WhenAgentIsDown::Start);
    for (const auto* other : {"Start!", "yes", "", "refuse"}) {
        write("guestkeyd.conf", "[Hook]\nWhenAgentIsDown=" + std::string(other) + "\n");
        EXPECT_EQ(read(), WhenAgentIsDown::Refuse) << other;
    }
}

TEST_F(HookSettings, LaterFilesWin) {
    write("guestkeyd.conf", "[Hook]\nWhenAgentIsDown=start\n");
    write("guestkeyd.conf.d/20-b.conf", "[hook]\nwhenagentisdown=start\n");
    write("guestkeyd.conf.d/10-a.conf", "[Hook]\nWhenAgentIsDown=refuse\n");
    write("guestkeyd.conf.d/30-c.conf.disabled", "[Hook]\nWhenAgentIsDown=refuse\n");
    EXPECT_EQ(read(), WhenAgentIsDown::Start);
    write("guestkeyd.conf.d/30-c.conf", "[Hook]\nWhenAgentIsDown=refuse\n");
    EXPECT_EQ(read(), WhenAgentIsDown::Refuse);
}

} // namespace
} // namespace guestkeyd::test
