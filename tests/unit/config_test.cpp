// SPDX-License-Identifier: LGPL-2.1-or-later
#include "base/error.h"
#include "config/config.h"
#include "support/temp_dir.h"

#include <filesystem>
#include <fstream>
#include <gtest/gtest.h>
#include <tuple>

namespace guestkeyd {
namespace {

class ConfigFile : public testing::Test {
  protected:
    void write(const std::string& name, const std::string& text) const {
        const auto file = std::filesystem::path(path(name));
        std::filesystem::create_directories(file.parent_path());
        std::ofstream(file) << text;
    }
    [[nodiscard]] std::string path(const std::string& name) const { return (dir_.path() / name).string(); }
    [[nodiscard]] LoadedConfig load() const { return load_config(path("guestkeyd.conf")); }

  private:
    test::TempDir dir_;
};

TEST_F(ConfigFile, AMissingFileLeavesTheDefaults) {
    const auto loaded = load();
    EXPECT_EQ(loaded.config.anchor_user, "guestkeyd");
    EXPECT_EQ(loaded.config.hook_timeout, std::chrono::seconds(5));
    EXPECT_TRUE(loaded.warnings.empty());
}

TEST_F(ConfigFile, TrustedHostsAddUpUntilAnEmptyOne) {
    const std::string first(64, 'a');
    const auto second = "AB" + std::string(62, '0');
    std::string colons = "0F";
    for (int i = 0; i < 31; ++i)
        colons += ":0f";
    write("guestkeyd.conf", "[Sealing]\nTrustedHost=" + first + "\nTrustedHost=" + second + "\n");
    EXPECT_EQ(load().config.trusted_hosts, (std::vector<std::string>{first, second}));
    write("guestkeyd.conf.d/local.conf", "[Sealing]\nTrustedHost=\nTrustedHost=" + colons + "\nTrustedHost=0f:0f\n");
    const auto loaded = load();
    EXPECT_EQ(loaded.config.trusted_hosts, std::vector<std::string>{colons});
    ASSERT_EQ(loaded.warnings.size(), 1U);
    EXPECT_NE(loaded.warnings.front().find("TrustedHost= cannot be '0f:0f'"), std::string::npos);
}

TEST_F(ConfigFile, OptionsAreReadWhateverTheirCase) {
    write("guestkeyd.conf", "[agent]\nanchoruser=61000\n[Limits]\nKeysPerGuest=7\n[Libvirt]\nSecretUri=test:///x\n");
    const auto config = load().config;
    EXPECT_EQ(config.anchor_user, "61000");
    EXPECT_EQ(config.keys_per_guest, 7U);
    EXPECT_EQ(config.secret_uri, "test:///x");
}

TEST_F(ConfigFile, SnippetsWinInTheOrderOfTheirNames) {
    write("guestkeyd.conf", "[Limits]\nGuests=1\n");
    write("guestkeyd.conf.d/20-b.conf", "[Limits]\nGuests=3\n");
    write("guestkeyd.conf.d/10-a.conf", "[Limits]\nGuests=2\n");
    write("guestkeyd.conf.d/30-c.conf.bak", "[Limits]\nGuests=4\n");
    EXPECT_EQ(load().config.guests, 3U);
}

TEST_F(ConfigFile, WhatIsNotUnderstoodIsWarnedAboutAndIgnored) {
    write("guestkeyd.conf", "[Limits]\nGuests=many\nKeyBytes=0\nColour=red\n");
    const auto loaded = load();
    EXPECT_EQ(loaded.config.guests, Config().guests);
    EXPECT_EQ(loaded.config.key_bytes, Config().key_bytes);
    ASSERT_EQ(loaded.warnings.size(), 3U);
    EXPECT_NE(loaded.warnings[0].find("Guests= cannot be 'many'"), std::string::npos);
    EXPECT_NE(loaded.warnings[2].find("[Limits] Colour is not an option"), std::string::npos);
}

TEST_F(ConfigFile, TheWaitForKeysMayBeZeroAndOthersMayNot) {
    write("guestkeyd.conf", "[Libvirt]\nKeysNeededTimeoutSec=0\nHookTimeoutSec=0\n");
    const auto loaded = load();
    EXPECT_EQ(loaded.config.keys_needed_timeout, std::chrono::seconds(0));
    EXPECT_EQ(loaded.config.hook_timeout, Config().hook_timeout);
    EXPECT_EQ(loaded.warnings.size(), 1U);
}

TEST_F(ConfigFile, TheHooksSectionIsNotWarnedAbout) {
    write("guestkeyd.conf", "[Hook]\nWhenAgentIsDown=start\n");
    EXPECT_TRUE(load().warnings.empty());
}

TEST_F(ConfigFile, AFileThatIsNotIniIsRefusedWithItsLine) {
    write("guestkeyd.conf", "[Agent]\nAnchorUser=x\nwhat is this\n");
    try {
        std::ignore = load();
        FAIL() << "was taken";
    } catch (const Failure& failure) {
        EXPECT_NE(failure.message().find("line 3"), std::string::npos) << failure.message();
    }
}

} // namespace
} // namespace guestkeyd
