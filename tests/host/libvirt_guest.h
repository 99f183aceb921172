// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "support/process.h"
#include "support/temp_dir.h"

#include <string>

namespace guestkeyd::test {

// The host's libvirtd.
inline constexpr auto kLibvirt = "qemu:///system";

Finished virsh(std::vector<std::string> arguments, const std::string& uri = kLibvirt);
Process virsh_in_background(std::vector<std::string> arguments, const std::filesystem::path& output);

// libvirt's secrets, as virsh lists them.
std::string secrets_of_libvirt(const std::string& uri = kLibvirt);

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

enum class Disk { Encrypted, Plain, None, Missing };

struct GuestTraits {
    Disk disk = Disk::Encrypted;
    bool defined = true;
    bool panics = false;     // as soon as it has booted
    std::string folder = {}; // of its disk; if empty, one that goes with it
};

// A guest of the host's libvirt, with an encrypted disk of its own if nothing else is said, which with
// Disk::Missing the test makes. It boots from it, and then says so on its serial port. With this object it is gone.
class LibvirtGuest {
  public:
    // What opens the disk, of every guest: 256 bits in hex.
    static const std::string& key();
    // Makes an encrypted volume with a guest in it that writes this line.
    static void make_volume(const std::filesystem::path& file, const std::string& line);

    explicit LibvirtGuest(std::string name, GuestTraits traits = {});
    LibvirtGuest(const LibvirtGuest&) = delete;
    LibvirtGuest& operator=(const LibvirtGuest&) = delete;
    ~LibvirtGuest();

    [[nodiscard]] const std::string& name() const { return name_; }
    [[nodiscard]] const std::string& uuid() const { return uuid_; }
    [[nodiscard]] const std::string& volume() const { return volume_; }

    // Writes the guest into its disk, which the key in the file opens; format: "qcow2" or "luks1".
    void fill_disk(const std::string& format, const std::string& key_file) const;
    void define() const;
    // With a disk that is no qcow2.
    void define_with_raw_disk() const;
    // Starts it as a transient guest, which libvirt forgets when it stops.
    [[nodiscard]] Finished create() const;
    [[nodiscard]] Finished start() const { return virsh({"start", name_}); }
    [[nodiscard]] Process start_in_background() const;
    [[nodiscard]] Finished destroy() const { return virsh({"destroy", name_}); }
    [[nodiscard]] Finished undefine() const { return virsh({"undefine", name_}); }
    // As virsh says it: "running", "shut off".
    [[nodiscard]] std::string state() const;
    // Whether the guest has run from its decrypted disk since the last start, and so often.
    [[nodiscard]] bool boots(int times = 1) const;
    // A file of the guest's own, which goes with it.
    [[nodiscard]] std::filesystem::path file(std::string_view name) const { return dir_ / name; }
    [[nodiscard]] std::string disk() const;
    [[nodiscard]] pid_t qemu() const;

  private:
    void make_disk() const;
    [[nodiscard]] std::string domain_xml() const;

    TempDir dir_;
    std::string name_;
    std::string uuid_;
    std::string volume_;
    GuestTraits traits_;
};

} // namespace guestkeyd::test
