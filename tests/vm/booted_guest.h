// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "vm/host.h"

#include <string>

namespace guestkeyd::test {

// A guest of a booted host's libvirt, with an encrypted disk. On the host, its key is the file /root/NAME.key.
class BootedGuest {
  public:
    // Makes a key, a volume with guestkeyctl, with a guest in it that says that it runs, and defines it; format:
    // "qcow2" or "luks1".
    BootedGuest(Host& host, std::string name, const std::string& format = "qcow2");

    [[nodiscard]] const std::string& uuid() const { return uuid_; }
    [[nodiscard]] const std::string& volume() const { return volume_; }
    [[nodiscard]] const std::string& disk() const { return disk_; }
    [[nodiscard]] std::string key_file() const { return "/root/" + name_ + ".key"; }

    void attach();
    [[nodiscard]] Finished start();
    // Whether it has run from its decrypted disk since its last start.
    [[nodiscard]] bool boots();
    void destroy();

  private:
    void make_volume(const std::string& format);
    void define(const std::string& format);

    Host& host_;
    std::string name_;
    std::string uuid_;
    std::string volume_;
    std::string disk_;
    std::string serial_;
};

// The serials of the keys below the agent's anchor, one a line.
std::string keys_in_kernel(Host& host);

std::string new_uuid(Host& host);

// Makes a file with a key of 256 random bits.
void make_key(Host& host, const std::string& file);

} // namespace guestkeyd::test
