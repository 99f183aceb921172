// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "vm/host.h"

#include <string>

namespace guestkeyd::test {

// A guest of a booted host's libvirt with a LUKS2 volume on an LVM volume of group "vg", which QEMU finds as
// /dev/mapper/NAME-disk. On the host, its key is the file /root/NAME.key.
class MappedGuest {
  public:
    enum class Program {
        Waits,
        Writes // to all of its disk all the time: tests/rig/writing_guest.S
    };

    // Makes the key, the volume with guestkeyctl, with the program in it, and defines the guest.
    MappedGuest(Host& host, std::string name, Program program = Program::Waits);

    [[nodiscard]] const std::string& uuid() const { return uuid_; }
    [[nodiscard]] std::string device() const { return "/dev/vg/" + name_; }
    [[nodiscard]] std::string mapping() const { return name_ + "-disk"; }
    [[nodiscard]] std::string key_file() const { return "/root/" + name_ + ".key"; }
    // What it has written to its serial port since it was last started.
    [[nodiscard]] std::string serial() const { return "/var/log/libvirt/qemu/" + name_ + ".serial"; }

    [[nodiscard]] std::string attach_command(const std::string& key) const;
    void attach() { host_.run(attach_command(key_file())); }
    [[nodiscard]] Finished start();
    // Whether it writes that to its serial port; it says "NAME runs" first.
    [[nodiscard]] bool says(const std::string& words);
    void destroy() { host_.run("virsh destroy " + name_); }
    [[nodiscard]] bool is_open() { return host_.try_run("dmsetup info " + mapping()).status == 0; }
    [[nodiscard]] bool is_closed_soon() { return host_.comes_true("! dmsetup info " + mapping()); }
    [[nodiscard]] bool is_forgotten_soon() { return host_.comes_true("! guestkeyctl show " + uuid_); }

  private:
    void make_volume(Program program);
    void define(Program program);

    Host& host_;
    std::string name_;
    std::string uuid_;
    std::string volume_;
};

} // namespace guestkeyd::test
