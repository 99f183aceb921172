// SPDX-License-Identifier: LGPL-2.1-or-later
// README's lines for keys from afar, run as they stand there.
#include "bus_test.h"
#include "support/readme.h"

namespace guestkeyd::test {

namespace {

class Readme : public BusTest {
  protected:
    void SetUp() override {
        ASSERT_EQ(blocks.size(), 3U);
        std::filesystem::create_directory(dir / "bin");
    }

    // As a user does who copies the lines; each command is shown with its arguments on standard error.
    [[nodiscard]] Finished run_lines(const std::string& lines, const Environment& environment) const {
        auto all = environment;
        all["PATH"] = (dir / "bin").string() + ":" + std::getenv("PATH");
        return run({"bash", "-euxo", "pipefail", "-c", "cd " + dir.path().string() + "\n" + lines}, all);
    }
    // Stands in for the way to the host: joins its arguments for a shell over there, as ssh(1) does.
    void put_host_behind_ssh() const {
        write_program("ssh", "test \"$1\" = root@virt1 && shift\nexport DBUS_SYSTEM_BUS_ADDRESS=" + bus.address() +
                                 "\nexec sh -c \"$*\"\n");
    }
    void write_program(const std::string& name, const std::string& script) const {
        write_file(dir / "bin" / name, "#!/bin/sh\n" + script);
        std::filesystem::permissions(dir / "bin" / name, std::filesystem::perms::owner_all);
    }
    void expect_key_of_readme(const Finished& finished) const {
        EXPECT_EQ(finished.status, 0) << finished.error;
        const auto key = read_file(dir / "web1.key");
        EXPECT_EQ(key.size(), 44U);
        EXPECT_EQ(agent.keys().payloads_of(kGuestOfReadme), std::vector<std::string>{key});
        EXPECT_EQ(finished.error.find(key), std::string::npos) << "the key is an argument of a command";
    }

    static constexpr auto kGuestOfReadme = "3b0a6e2c-5a0f-4c55-9a3e-0f6b0a7d1c42";
    // Of a machine without an agent.
    const Environment elsewhere{{"DBUS_SYSTEM_BUS_ADDRESS", "unix:path=/nonexistent"}};
    const std::vector<std::string> blocks = blocks_of_readme("## Keys from afar, with stock tools");
    const TempDir dir;
};

TEST_F(Readme, LinesAttachAKeyOnTheHost) {
    expect_key_of_readme(run_lines(blocks[0], bus.environment()));
}

TEST_F(Readme, LinesAttachAKeyAcrossSsh) {
    put_host_behind_ssh();
    expect_key_of_readme(run_lines(blocks[1] + blocks[0], elsewhere));
}

TEST_F(Readme, LinesAttachAKeyWithGuestkeyctlAcrossSsh) {
    put_host_behind_ssh();
    std::filesystem::create_symlink(GUESTKEYCTL_PROGRAM, dir / "bin" / "guestkeyctl");
    const auto what_and_key = blocks[0].substr(0, blocks[0].find("\n\n"));
    expect_key_of_readme(run_lines(what_and_key + "\n" + blocks[2], elsewhere));
}

} // namespace

} // namespace guestkeyd::test
