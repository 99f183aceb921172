// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "support/process.h"
#include "support/temp_dir.h"

#include <string>

namespace guestkeyd::test {

// virsh at the host's libvirtd.
Finished virsh(std::vector<std::string> arguments);

// libvirt's secrets, as virsh lists them.
std::string secrets_of_libvirt();

// A secret of libvirt's own with a value, not of the agent's making. With this object it is gone.
class LibvirtSecret {
  public:
    LibvirtSecret(std::string uuid, const std::string& value);
    LibvirtSecret(const LibvirtSecret&) = delete;
    LibvirtSecret& operator=(const LibvirtSecret&) = delete;
    ~LibvirtSecret();

  private:
    std::string uuid_;
};

// Puts an encrypted volume there that LibvirtGuest::key() opens.
void make_encrypted_volume(const std::filesystem::path& file);

enum class Disk { Encrypted, None, Missing };

// A guest of the host's libvirt, defined, with an encrypted disk of its own, which with Disk::Missing the test makes.
// It boots from it, and then says so on its serial port. With this object it is gone.
class LibvirtGuest {
  public:
    // What opens the disk, of every guest: 256 bits in hex.
    static const std::string& key();

    explicit LibvirtGuest(std::string name, Disk disk = Disk::Encrypted);
    LibvirtGuest(const LibvirtGuest&) = delete;
    LibvirtGuest& operator=(const LibvirtGuest&) = delete;
    ~LibvirtGuest();

    [[nodiscard]] const std::string& name() const { return name_; }
    [[nodiscard]] const std::string& uuid() const { return uuid_; }
    [[nodiscard]] const std::string& volume() const { return volume_; }
    [[nodiscard]] std::string disk() const { return dir_ / "disk"; }

    // Writes the guest into its disk, which the key in the file opens; format: "qcow2" or "luks1".
    void fill_disk(const std::string& format, const std::string& key_file) const;
    void define() const;
    // With a disk that is no qcow2.
    void define_with_raw_disk() const;
    [[nodiscard]] Finished start() const { return virsh({"start", name_}); }
    // As a transient guest.
    [[nodiscard]] Finished create() const { return virsh({"create", dir_ / "guest.xml"}); }
    [[nodiscard]] Process start_in_background() const;
    [[nodiscard]] Finished destroy() const { return virsh({"destroy", name_}); }
    [[nodiscard]] Finished undefine() const { return virsh({"undefine", name_}); }
    // As virsh says it: "running", "shut off".
    [[nodiscard]] std::string state() const;
    // Whether the guest has run from its decrypted disk since the last start.
    [[nodiscard]] bool boots() const;
    [[nodiscard]] pid_t qemu() const;

  private:
    [[nodiscard]] std::string domain_xml() const;

    TempDir dir_;
    std::string name_;
    std::string uuid_;
    std::string volume_;
    Disk disk_;
};

} // namespace guestkeyd::test
