// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/json.h"

#include "base/error.h"
#include "base/id.h"

#include <iostream>
#include <unistd.h>

namespace guestkeyd::cli {

JsonValue json_of(const std::optional<Time>& time) {
    return time ? JsonValue(time->time_since_epoch().count()) : JsonValue(nullptr);
}

JsonValue json_of(const Volume& volume) {
    JsonValue json{{"uuid", volume.id.str()}, {"delivery", volume.delivery}};
    if (!volume.usage_type.empty())
        json["usage_type"] = volume.usage_type;
    if (!volume.usage_id.empty())
        json["usage_id"] = volume.usage_id;
    if (!volume.device.empty())
        json["device"] = volume.device;
    if (!volume.mapping.empty())
        json["mapping"] = volume.mapping;
    return json;
}

JsonValue json_of(const Guest& guest) {
    auto volumes = JsonValue::array();
    for (const auto& volume : guest.volumes)
        volumes.push_back(json_of(volume));
    return {{"uuid", guest.id.str()},
            {"name", guest.name},
            {"state", state_name(guest.state)},
            {"volumes", std::move(volumes)},
            {"last_used", json_of(guest.last_used)},
            {"lease_expires", json_of(guest.lease_expires)},
            {"generation", guest.generation ? JsonValue(*guest.generation) : JsonValue(nullptr)},
            {"wipe_on", guest.wipe_on}};
}

JsonValue json_of(const std::vector<VolumeId>& volumes) {
    auto json = JsonValue::array();
    for (const auto& volume : volumes)
        json.push_back(volume.str());
    return json;
}

Json parse_json_mode(const std::string& mode) {
    if (mode == "short")
        return Json::Short;
    if (mode == "pretty")
        return Json::Pretty;
    if (mode == "off")
        return Json::Off;
    throw Failure(ErrorCode::InvalidArgs, "unknown mode " + quoted(mode) + " of --json; give short, pretty or off");
}

Json choose_json_mode() {
    return isatty(STDOUT_FILENO) != 0 ? Json::Pretty : Json::Short;
}

void print_json(const JsonValue& value, Json mode) {
    constexpr int kCompact = -1;
    std::cout << value.dump(mode == Json::Pretty ? 4 : kCompact, ' ', false, JsonValue::error_handler_t::replace)
              << std::endl;
}

} // namespace guestkeyd::cli
