// SPDX-License-Identifier: LGPL-2.1-or-later
#include "guestkey/status.h"

#include "base/error.h"
#include "cli/exit_status.h"
#include "cli/json.h"
#include "cli/text.h"
#include "cli/volume_place.h"
#include "guestkey/hosts.h"
#include "guestkey/store.h"
#include "guestkey/volumes.h"
#include "keydb/values.h"

#include <algorithm>
#include <iostream>

namespace guestkeyd::guestkey {

namespace {

bool has_new_key(keydb::KeyDatabase& database, const VolumeId& volume) {
    const auto keys = database.keys(volume);
    return std::any_of(keys.begin(), keys.end(), [](const auto& key) { return key.state == keydb::KeyState::New; });
}

std::string to_do_with(keydb::KeyDatabase& database, const keydb::VolumeRecord& volume) {
    const auto name = cli::printable(cli::human_place(volume.place));
    if (!volume.ready)
        return "volume " + name + " was not made to its end; repeat: guestkey volume create " + volume.host + " " +
               name + "; or leave it: guestkey volume forget " + volume.id.str();
    if (has_new_key(database, volume.id))
        return "volume " + name + " was not rekeyed to its end; repeat: guestkey volume rekey " + volume.id.str();
    const auto due = rekey_due(volume);
    return due && *due <= keydb::now() ? "volume " + name + " is due: guestkey volume rekey " + volume.id.str() : "";
}

std::string to_do_with(const keydb::GuestRecord& guest) {
    const auto name = cli::printable(guest.name);
    if (!guest.destination.empty())
        return "guest " + name + " was not migrated to its end; repeat: guestkey guest migrate " + name + " --to " +
               guest.destination;
    return guest.stale ? "host " + guest.host + " has an old key of guest " + name +
                             "; repeat the rekeying of its volume, or have guestkey run do it"
                       : "";
}

std::vector<std::string> host_lines(keydb::KeyDatabase& database) {
    std::vector<std::string> lines;
    for (const auto& host : database.hosts()) {
        try {
            const auto status = connect_agent(host)->status();
            lines.push_back(host.name + ": " + cli::counted(status.guests, "guest") + ", " +
                            cli::counted(status.keys, "key") +
                            (status.libvirt_connected ? "" : ", its agent has no connection to libvirt"));
        } catch (const Failure& failure) {
            lines.push_back(host.name + ": " + failure.message());
        }
    }
    return lines;
}

} // namespace

std::vector<std::string> to_do(keydb::KeyDatabase& database) {
    std::vector<std::string> lines;
    for (const auto& volume : database.volumes())
        lines.push_back(to_do_with(database, volume));
    for (const auto& guest : database.guests())
        lines.push_back(to_do_with(guest));
    if (database.wants_backup())
        lines.emplace_back("there are keys that are in no backup, and are lost with this disk; run: guestkey export "
                           "FILE");
    std::erase(lines, "");
    return lines;
}

int show_status(const Invocation& invocation) {
    auto database = open_database(invocation);
    const auto hosts = host_lines(database);
    const auto tasks = to_do(database);
    const auto backup = database.last_backup();
    if (invocation.output.json != cli::Json::Off) {
        cli::print_json({{"volumes", database.volumes().size()},
                         {"guests", database.guests().size()},
                         {"hosts", hosts},
                         {"backup", backup ? cli::JsonValue(*backup) : cli::JsonValue(nullptr)},
                         {"to_do", tasks}},
                        invocation.output.json);
        return cli::kDone;
    }
    std::cout << "Database: " << database_file(invocation).string() << ", opens with a "
              << what_opens(database.protection()) << '\n'
              << " Volumes: " << database.volumes().size() << '\n'
              << "  Guests: " << database.guests().size() << '\n'
              << "  Backup: "
              << cli::human_time(backup ? std::optional(Time(std::chrono::seconds(*backup))) : std::nullopt, "never")
              << '\n';
    for (const auto& line : hosts)
        std::cout << "    Host: " << cli::printable(line) << '\n';
    for (const auto& line : tasks)
        std::cout << "\nTo do: " << line << '\n';
    return cli::kDone;
}

} // namespace guestkeyd::guestkey
