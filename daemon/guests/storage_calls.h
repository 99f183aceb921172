// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "guests/pool_volume.h"
#include "guests/vir_handles.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace guestkeyd {

// The calls to libvirt's storage driver; each may block, for as long as the storage does.

// The path at which the host finds the volume. NoSuchVolume, also if there is no such pool.
std::string path_of(virConnectPtr connection, const PoolVolume& volume);
// ... none if the pool has no such volume yet.
std::optional<std::string> existing_path_of(virConnectPtr connection, const PoolVolume& volume);

// Makes a volume of so many bytes, with nothing in it, and returns its path. A file takes no space yet.
std::string create_in_pool(virConnectPtr connection, const PoolVolume& volume, std::uint64_t bytes);
void delete_from_pool(virConnectPtr connection, const PoolVolume& volume);
// Lets libvirt look at what is in the volumes of the pool.
void refresh_pool(virConnectPtr connection, const std::string& pool);

// Names of the running guests that have a disk, or a file behind one, at the path.
std::vector<std::string> guests_using(virConnectPtr connection, const std::string& path);

} // namespace guestkeyd
