// SPDX-License-Identifier: LGPL-2.1-or-later
#include "agent/mapping_rules.h"

#include "base/error.h"
#include "base/unique_fd.h"

#include <fcntl.h>
#include <filesystem>
#include <fstream>
#include <system_error>

namespace guestkeyd {

bool has_device_mapper() {
    std::error_code none;
    // The node may be there without a driver; if that is a module, opening loads it.
    return std::filesystem::exists("/sys/class/misc/device-mapper", none) ||
           UniqueFd(open("/dev/mapper/control", O_RDONLY | O_CLOEXEC));
}

bool mapping_exists(std::string_view name) {
    std::error_code none;
    for (const auto& device : std::filesystem::directory_iterator("/sys/block", none)) {
        std::ifstream attribute(device.path() / "dm/name");
        std::string found;
        if (std::getline(attribute, found) && found == name)
            return true;
    }
    return false;
}

void refuse_foreign_mapping(const std::string& name, VolumeId volume) {
    if (mapping_exists(name))
        throw Failure(ErrorCode::Busy, "there is a mapping " + quoted(name) +
                                           " already, which guestkeyd did not open; close it, or choose another name "
                                           "for volume " +
                                           volume.str());
}

bool has_stopped(GuestState state) {
    return state == GuestState::Present || state == GuestState::Expected;
}

bool is_left_over(const MappingRecord& record, GuestState state, std::uint64_t now) {
    constexpr std::uint64_t kStartTakes = 60; // seconds, from the opening of its disks until libvirt says that it runs
    return has_stopped(state) && now >= record.opened + kStartTakes;
}

} // namespace guestkeyd
