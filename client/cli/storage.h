// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace guestkeyd::cli {

// Would what is written to a folder be readable on a stolen disk?
enum class Storage { Memory, Encrypted, Plain, Unknown, Absent };

struct StorageFinding {
    std::string path;
    Storage storage;
    std::string reason; // what it lies on, as a person would say
};

// QEMU leaves wrapped keys and the keys they are wrapped with in these folders, where libvirt can take nothing back.
const std::vector<std::string>& libvirt_folders();

StorageFinding examine_folder(const std::string& path);

// A sentence with what to do for a folder that is not known to be safe; empty for one that is.
std::string storage_warning(const StorageFinding& finding);

// Does everything below a block device, a folder of sysfs, go through dm-crypt?
bool is_encrypted_device(const std::filesystem::path& device);

} // namespace guestkeyd::cli
