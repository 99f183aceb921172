// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "vm/machine.h"

#include <string>

namespace guestkeyd::test {

// A booted Debian host. /payload on it has the packages as built, and tests/rig of this project. What is to be
// done on it is said in bash, and done as root.
class Host {
  public:
    // Its root is on top of that disk. Its journal, its console and QEMU's complaints go to files in the folder.
    Host(const MachineTraits& traits, const std::filesystem::path& disk, const std::filesystem::path& logs);
    Host(const Host&) = delete;
    Host& operator=(const Host&) = delete;
    ~Host();

    [[nodiscard]] std::string name() const { return machine_.name(); }

    // Runs commands, which have to succeed: else throws, with all that they said. Returns their output without the
    // newline at its end. Processes that are to stay write elsewhere.
    std::string run(const std::string& script, std::chrono::milliseconds patience = kPatienceWithHost);
    // Runs commands that may fail.
    Finished try_run(const std::string& script, std::chrono::milliseconds patience = kPatienceWithHost);
    // Whether the commands succeeded in time; they are tried again and again.
    [[nodiscard]] bool comes_true(const std::string& script, std::chrono::milliseconds patience = kPatienceWithHost);
    void put(const std::string& file, const std::string& content);

    void switch_on() { machine_.switch_on(); }
    void wait_until_up(); // and systemd has started everything, without a failure
    void boot();          // both
    void shut_down();
    void crash(); // its kernel; what was written is on its disks
    void power_cut() { machine_.switch_off(); }

    void install_packages();
    void copy_disk(const std::filesystem::path& file) const { machine_.copy_disk(file); }
    // Writes the memory of the running host to the file.
    void dump_memory(const Nameless& file);
    void unplug_network() { set_link(false); }
    void plug_in_network() { set_link(true); }

    // A host under emulation is slow, and slower beside others.
    static constexpr std::chrono::minutes kPatienceWithHost{10};

  private:
    void set_link(bool up);

    Machine machine_;
};

} // namespace guestkeyd::test
