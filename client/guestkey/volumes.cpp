// SPDX-License-Identifier: LGPL-2.1-or-later
#include "guestkey/volumes.h"

#include "base/error.h"
#include "cli/exit_status.h"
#include "cli/json.h"
#include "cli/table.h"
#include "cli/text.h"
#include "cli/time_span.h"
#include "cli/volume_place.h"
#include "guestkey/hosts.h"
#include "guestkey/mapping.h"
#include "guestkey/store.h"
#include "keydb/object_lock.h"

#include <algorithm>
#include <array>
#include <iostream>

namespace guestkeyd::guestkey {

namespace {

constexpr std::array kStates{"new", "current", "old", "tombstone"}; // in the order of KeyState

std::optional<Time> time_of(std::int64_t seconds) {
    return Time(std::chrono::seconds(seconds));
}

std::string state_of(keydb::KeyDatabase& database, const keydb::VolumeRecord& volume) {
    if (!volume.ready)
        return "being made";
    const auto keys = database.keys(volume.id);
    const bool rekeyed =
        std::any_of(keys.begin(), keys.end(), [](const auto& key) { return key.state == keydb::KeyState::New; });
    return rekeyed ? "being rekeyed" : "ready";
}

std::string policy_of(const keydb::VolumeRecord& volume) {
    std::string text;
    if (volume.rekey_every)
        text = "every " + std::to_string(*volume.rekey_every / 86400) + "d";
    if (volume.rekey_after_migration)
        text += text.empty() ? "after migration" : ", after migration";
    return text.empty() ? "-" : text;
}

cli::JsonValue json_of(keydb::KeyDatabase& database, const keydb::VolumeRecord& volume) {
    auto keys = cli::JsonValue::array();
    for (const auto& key : database.keys(volume.id))
        keys.push_back({{"state", kStates.at(static_cast<std::size_t>(key.state))}, {"made", key.made}});
    return {{"uuid", volume.id.str()},
            {"host", volume.host},
            {"volume", cli::human_place(volume.place)},
            {"format", volume.format},
            {"device", is_mapped(volume) ? cli::JsonValue(mapped_device(volume.id)) : cli::JsonValue(nullptr)},
            {"state", state_of(database, volume)},
            {"made", volume.made},
            {"rekeyed", volume.rekeyed},
            {"rekey_every", volume.rekey_every ? cli::JsonValue(*volume.rekey_every) : cli::JsonValue(nullptr)},
            {"rekey_after_migration", volume.rekey_after_migration},
            {"keys", std::move(keys)}};
}

bool is_called(const keydb::VolumeRecord& volume, const std::string& name) {
    const auto place = name.starts_with('.') ? cli::human_place(cli::parse_volume_place(name)) : name;
    return volume.id.str() == name || cli::human_place(volume.place) == place;
}

bool is_used(keydb::KeyDatabase& database, const VolumeId& volume, std::string& by) {
    for (const auto& guest : database.guests())
        if (std::find(guest.volumes.begin(), guest.volumes.end(), volume) != guest.volumes.end()) {
            by = guest.name;
            return true;
        }
    return false;
}

} // namespace

keydb::VolumeRecord require_volume(keydb::KeyDatabase& database, const std::string& volume) {
    std::vector<keydb::VolumeRecord> found;
    for (auto& each : database.volumes())
        if (is_called(each, volume))
            found.push_back(std::move(each));
    if (found.empty())
        throw Failure(ErrorCode::NoSuchVolume,
                      "the key database has no volume " + quoted(volume) + "; see guestkey volume list");
    if (found.size() > 1)
        throw Failure(ErrorCode::InvalidArgs, "several hosts have a volume " + quoted(volume) + "; give the UUID");
    return found.front();
}

int list_volumes(const Invocation& invocation) {
    auto database = open_database(invocation);
    const auto volumes = database.volumes();
    cli::Table table({"VOLUME", "HOST", "FORMAT", "STATE", "POLICY", "UUID"});
    auto json = cli::JsonValue::array();
    for (const auto& volume : volumes) {
        table.add({cli::human_place(volume.place), volume.host, volume.format, state_of(database, volume),
                   policy_of(volume), volume.id.str()});
        json.push_back(json_of(database, volume));
    }
    if (invocation.output.json != cli::Json::Off)
        cli::print_json(json, invocation.output.json);
    else if (!volumes.empty())
        table.print(std::cout, invocation.output.legend);
    else if (invocation.output.legend)
        std::cout << "No volumes.\n";
    return cli::kDone;
}

int show_volume(const Invocation& invocation) {
    auto database = open_database(invocation);
    const auto volume = require_volume(database, invocation.operands.front());
    if (invocation.output.json != cli::Json::Off) {
        cli::print_json(json_of(database, volume), invocation.output.json);
        return cli::kDone;
    }
    std::cout << volume.id.str() << '\n'
              << "  Volume: " << cli::printable(cli::human_place(volume.place)) << " (" << volume.format << ")\n"
              << "    Host: " << cli::printable(volume.host) << '\n'
              << "  In XML: " << (is_mapped(volume) ? mapped_device(volume.id) : "the UUID, as a secret") << '\n'
              << "   State: " << state_of(database, volume) << '\n'
              << "    Made: " << cli::human_time(time_of(volume.made), "") << '\n'
              << " Rekeyed: " << cli::human_time(time_of(volume.rekeyed), "") << '\n'
              << "  Policy: " << policy_of(volume) << '\n';
    for (const auto& key : database.keys(volume.id))
        std::cout << "     Key: " << kStates.at(static_cast<std::size_t>(key.state)) << ", since "
                  << cli::human_time(time_of(key.made), "") << '\n';
    return cli::kDone;
}

int test_volume(const Invocation& invocation) {
    auto database = open_database(invocation);
    const auto volume = require_volume(database, invocation.operands.front());
    const auto agent = connect_agent(database.host(volume.host));
    for (const auto& key : database.keys(volume.id)) {
        if (key.state == keydb::KeyState::Tombstone || !agent->test_key(volume.place, database.key(volume.id, key.row)))
            continue;
        if (!invocation.output.quiet)
            std::cout << "the " << kStates.at(static_cast<std::size_t>(key.state)) << " key opens volume "
                      << cli::printable(cli::human_place(volume.place)) << '\n';
        return cli::kDone;
    }
    throw Failure(ErrorCode::WrongKey, "no key in the key database opens volume " + cli::human_place(volume.place) +
                                           "; bring the one that does with guestkey volume import");
}

int forget_volume(const Invocation& invocation) {
    auto database = open_database(invocation);
    const auto volume = require_volume(database, invocation.operands.front());
    const keydb::ObjectLock alone(database_file(invocation), volume.id.str(), "volume " + volume.id.str());
    std::string guest;
    if (is_used(database, volume.id, guest))
        throw Failure(ErrorCode::Busy, "guest " + quoted(guest) + " uses volume " + volume.id.str() +
                                           "; destroy it first, for without its keys nobody opens the volume again");
    database.forget(volume.id);
    if (!invocation.output.quiet)
        std::cout << "the keys of volume " << volume.id.str() << " are forgotten\n";
    return cli::kDone;
}

int set_policy(const Invocation& invocation) {
    auto database = open_database(invocation);
    const auto volume = require_volume(database, invocation.operands.front());
    std::optional<std::int64_t> every;
    if (const auto span = invocation.maybe_text("rekey-every"); span && *span != "never")
        every = cli::parse_time_span(*span).count();
    database.set_policy(volume.id, every, invocation.has("rekey-after-migration"));
    if (!invocation.output.quiet)
        std::cout << "volume " << volume.id.str() << " is rekeyed: " << policy_of(*database.find_volume(volume.id))
                  << '\n';
    return cli::kDone;
}

} // namespace guestkeyd::guestkey
