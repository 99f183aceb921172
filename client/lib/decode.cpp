// SPDX-License-Identifier: LGPL-2.1-or-later
#include "decode.h"

#include "find_property.h"

#include <algorithm>
#include <iterator>

namespace guestkeyd {

namespace {

GuestState decode_state(std::uint32_t state) {
    return state <= static_cast<std::uint32_t>(GuestState::Leaving) ? static_cast<GuestState>(state)
                                                                    : GuestState::Unknown;
}

std::optional<GuestState> find_state(const Properties& properties) {
    const auto state = find<std::uint32_t>(properties, "State");
    return state ? std::optional(decode_state(*state)) : std::nullopt;
}

Volume decode_volume(const WireVolume& volume) {
    const auto& attributes = std::get<1>(volume);
    return {VolumeId::parse(std::get<0>(volume)),
            find<std::string>(attributes, "delivery").value_or(""),
            find<std::string>(attributes, "usage-type").value_or(""),
            find<std::string>(attributes, "usage-id").value_or(""),
            find<std::string>(attributes, "device").value_or(""),
            find<std::string>(attributes, "mapping").value_or("")};
}

std::optional<std::vector<Volume>> find_volumes(const Properties& properties) {
    const auto wire = find<std::vector<WireVolume>>(properties, "Volumes");
    if (!wire)
        return std::nullopt;
    std::vector<Volume> volumes;
    std::transform(wire->begin(), wire->end(), std::back_inserter(volumes), decode_volume);
    return volumes;
}

} // namespace

std::string guest_path(const GuestId& id) {
    auto uuid = id.str();
    std::replace(uuid.begin(), uuid.end(), '-', '_');
    return std::string(kGuestPath) + "/" + uuid;
}

GuestId guest_of_path(const std::string& path) {
    auto uuid = path.substr(path.rfind('/') + 1);
    std::replace(uuid.begin(), uuid.end(), '_', '-');
    return GuestId::parse(uuid);
}

Guest decode_guest(const Properties& properties) {
    return {GuestId::parse(find<std::string>(properties, "Uuid").value_or("")),
            find<std::string>(properties, "Name").value_or(""),
            find_state(properties).value_or(GuestState::Unknown),
            find_volumes(properties).value_or(std::vector<Volume>{}),
            find_time(properties, "LastUsed"),
            find_time(properties, "LeaseExpires"),
            find_nonzero(properties, "Generation"),
            find<std::string>(properties, "WipeOn").value_or("")};
}

Status decode_status(const Properties& properties) {
    return {find<std::string>(properties, "Version").value_or(""),
            find<std::uint32_t>(properties, "GuestCount").value_or(0),
            find<std::uint32_t>(properties, "KeyCount").value_or(0),
            find<std::uint64_t>(properties, "QuotaUsed").value_or(0),
            find<std::uint64_t>(properties, "QuotaMax").value_or(0),
            find<bool>(properties, "LibvirtConnected").value_or(false),
            find<std::uint32_t>(properties, "JobCount").value_or(0),
            find<std::string>(properties, "BootId").value_or("")};
}

GuestChange decode_guest_change(const GuestId& guest, const Properties& changed) {
    return {guest,
            find<std::string>(changed, "Name"),
            find_state(changed),
            find_volumes(changed),
            find_time(changed, "LastUsed"),
            find_time(changed, "LeaseExpires"),
            find_nonzero(changed, "Generation"),
            find<std::string>(changed, "WipeOn")};
}

StatusChange decode_status_change(const Properties& changed) {
    return {find<std::uint32_t>(changed, "GuestCount"), find<std::uint32_t>(changed, "KeyCount"),
            find<bool>(changed, "LibvirtConnected"), find<std::uint32_t>(changed, "JobCount")};
}

std::vector<VolumeId> decode_volume_ids(const std::vector<std::string>& volumes) {
    std::vector<VolumeId> ids;
    std::transform(volumes.begin(), volumes.end(), std::back_inserter(ids),
                   [](const std::string& text) { return VolumeId::parse(text); });
    return ids;
}

std::vector<std::string> encode_volume_ids(const std::vector<VolumeId>& volumes) {
    std::vector<std::string> texts;
    std::transform(volumes.begin(), volumes.end(), std::back_inserter(texts),
                   [](const VolumeId& volume) { return volume.str(); });
    return texts;
}

std::uint64_t encode_seconds(std::chrono::seconds span) {
    return span.count() < 0 ? 0 : static_cast<std::uint64_t>(span.count()); // the agent refuses 0
}

std::vector<WireVolume> encode_volumes(const std::vector<Volume>& volumes) {
    std::vector<WireVolume> wire;
    for (const auto& volume : volumes) {
        Properties options;
        for (const auto& [name, value] :
             {std::pair{"delivery", &volume.delivery}, std::pair{"usage-type", &volume.usage_type},
              std::pair{"usage-id", &volume.usage_id}, std::pair{"device", &volume.device},
              std::pair{"mapping", &volume.mapping}})
            if (!value->empty())
                options.emplace(name, *value);
        wire.emplace_back(volume.id.str(), std::move(options));
    }
    return wire;
}

} // namespace guestkeyd
