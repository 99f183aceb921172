// SPDX-License-Identifier: LGPL-2.1-or-later
#include "guestkey/mapping.h"

#include <string_view>

namespace guestkeyd::guestkey {

namespace {

constexpr std::string_view kFolder = "/dev/mapper/";
constexpr std::string_view kPrefix = "guestkey-";

} // namespace

bool is_mapped(const keydb::VolumeRecord& volume) {
    return volume.format == "luks2"; // QEMU opens the others
}

std::string mapping_of(const VolumeId& volume) {
    return std::string(kPrefix) + volume.str();
}

std::string mapped_device(const VolumeId& volume) {
    return std::string(kFolder) + mapping_of(volume);
}

std::optional<VolumeId> volume_mapped_as(const std::string& device) {
    const auto before = kFolder.size() + kPrefix.size();
    const auto id = device.size() > before ? VolumeId::try_parse(device.substr(before)) : std::nullopt;
    return id && mapped_device(*id) == device ? id : std::nullopt;
}

std::string in_domain_xml(const keydb::VolumeRecord& volume) {
    return is_mapped(volume) ? "its disk is\n" + mapped_device(volume.id) : "its secret is\n" + volume.id.str();
}

} // namespace guestkeyd::guestkey
