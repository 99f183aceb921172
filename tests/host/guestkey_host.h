// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "host/host_test.h"
#include "support/guestkey_user.h"

#include <filesystem>

namespace guestkeyd::test {

// guestkey in a home of its own, that has the host of the tests as "here".
class HostGuestkey : public HostTest, protected GuestkeyUser {
  protected:
    void SetUp() override {
        expect("init --key-file=" + (dir / "master").string(), 0, "made");
        expect("host add here qemu:///system", 0, "added");
        write_file(dir / "key", LibvirtGuest::key() + "\n");
    }
    [[nodiscard]] Environment environment() const override { return {{"XDG_DATA_HOME", (dir / "data").string()}}; }
    // The guest's disk is there, and its key is known here alone.
    void know_disk_of(const LibvirtGuest& guest) const {
        expect("volume import here " + guest.disk() + " --uuid=" + guest.volume() +
                   " --key-file=" + (dir / "key").string(),
               0, guest.volume());
    }
    void set_up(const LibvirtGuest& guest) const {
        know_disk_of(guest);
        expect("guest setup " + guest.name() + " --host=here --xml=" + guest.file("guest.xml").string(), 0,
               "is set up on here, with 1 key");
    }
    [[nodiscard]] bool has_keys(const LibvirtGuest& guest) const { return !agent.keys().keys_of(guest.uuid()).empty(); }
    [[nodiscard]] Process serve() const {
        return Process({{GUESTKEY_PROGRAM, "run"}, environment(), dir / "run.out", dir / "run.log"});
    }
    [[nodiscard]] std::string log() const {
        const auto file = dir / "run.log";
        return std::filesystem::exists(file) ? read_file(file) : "";
    }
    [[nodiscard]] bool says(const std::string& words) const {
        return wait_until([&] { return log().find(words) != std::string::npos; });
    }

    const TempDir dir;
};

} // namespace guestkeyd::test
