// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace guestkeyd {

// The dm-crypt mapping through which a LUKS2 volume is open.
struct OpenMapping {
    std::string name; // below /dev/mapper
    // What re-encryption puts between the mapping and the volume while it runs, and a killed one leaves there; empty
    // otherwise.
    std::string overlay;
    std::string hotzone;
    bool stands_on_overlay = false; // and not on the volume itself
};

// number: of the block device, "MAJOR:MINOR"; uuid: of the LUKS header. By what sysfs says of who holds the device
// (Documentation/ABI/testing/sysfs-block-dm in Linux) and how libcryptsetup marks its mappings. Busy if anything else
// than one mapping and its helpers does, or nothing: title names the volume.
OpenMapping find_open_mapping(const std::string& number, const std::string& uuid, const std::string& title,
                              const std::filesystem::path& sysfs = "/sys");

} // namespace guestkeyd
