// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/change_text.h"

#include "cli/text.h"

namespace guestkeyd::cli {

std::string describe(const GuestChange& change) {
    std::string text;
    if (change.name)
        text += ", name " + printable(*change.name);
    if (change.state)
        text += ", state " + std::string(state_name(*change.state));
    if (change.volumes)
        text += ", " + counted(change.volumes->size(), "volume");
    if (change.last_used)
        text += ", keys used";
    if (change.lease_expires)
        text += ", lease until " + human_time(change.lease_expires, "");
    if (change.generation)
        text += ", generation " + std::to_string(*change.generation);
    if (change.wipe_on)
        text += ", keys wiped on " + printable(*change.wipe_on);
    return text;
}

JsonValue json_of_change(const GuestChange& change) {
    JsonValue json{{"guest", change.guest.str()}};
    if (change.name)
        json["name"] = *change.name;
    if (change.state)
        json["state"] = state_name(*change.state);
    if (change.volumes)
        for (json["volumes"] = JsonValue::array(); const auto& volume : *change.volumes)
            json["volumes"].push_back(json_of(volume));
    if (change.last_used)
        json["last_used"] = json_of(change.last_used);
    if (change.lease_expires)
        json["lease_expires"] = json_of(change.lease_expires);
    if (change.generation)
        json["generation"] = *change.generation;
    if (change.wipe_on)
        json["wipe_on"] = *change.wipe_on;
    return json;
}

std::string describe(const StatusChange& change) {
    std::string text;
    if (change.guests)
        text += ", " + counted(*change.guests, "guest");
    if (change.keys)
        text += ", " + counted(*change.keys, "key");
    if (change.libvirt_connected)
        text += *change.libvirt_connected ? ", libvirt connected" : ", libvirt not connected";
    if (change.jobs)
        text += ", " + counted(*change.jobs, "job") + " under way";
    return text;
}

JsonValue json_of_change(const StatusChange& change) {
    auto json = JsonValue::object();
    if (change.guests)
        json["guests"] = *change.guests;
    if (change.keys)
        json["keys"] = *change.keys;
    if (change.libvirt_connected)
        json["libvirt_connected"] = *change.libvirt_connected;
    if (change.jobs)
        json["jobs"] = *change.jobs;
    return json;
}

} // namespace guestkeyd::cli
