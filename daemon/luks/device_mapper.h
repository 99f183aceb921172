// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "base/secret_buffer.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace guestkeyd {

// The kernel's device-mapper (dmsetup(8)), as far as re-encryption needs it. Devices are named as below /dev/mapper.
// All calls: Internal, with the kernel's reason, if one fails.

// A line of a device's table. Sectors are of 512 bytes. The parameters may hold a key.
struct MapTarget {
    std::uint64_t start;  // sectors
    std::uint64_t length; // sectors
    std::string type;
    SecretBuffer parameters;
};

struct MapState {
    std::string number; // "MAJOR:MINOR"
    bool suspended;
};

// None if there is no such device.
std::optional<MapState> map_state(const std::string& name);
// The one in effect.
std::vector<MapTarget> map_table(const std::string& name);
// Loads a table, for resume_map to put in effect.
void load_map(const std::string& name, const std::vector<MapTarget>& table);
// Forgets one that was loaded and is not in effect.
void clear_loaded_map(const std::string& name);
// Puts a table that was loaded in effect, and lets go on who waits. Waits for what is under way on the device.
void resume_map(const std::string& name);
void remove_map(const std::string& name);

// A device that is there as long as this object: the whole of another one, which may be held by others of
// device-mapper's. Nobody else looks at it.
class PassThroughMap {
  public:
    // number: "MAJOR:MINOR". One of that name that a killed process has left is replaced.
    PassThroughMap(std::string name, const std::string& number, std::uint64_t sectors);
    PassThroughMap(const PassThroughMap&) = delete;
    PassThroughMap& operator=(const PassThroughMap&) = delete;
    ~PassThroughMap();

    [[nodiscard]] std::string path() const;

  private:
    std::string name_;
};

} // namespace guestkeyd
