// SPDX-License-Identifier: LGPL-2.1-or-later
// What is done with guests.
#include "base/error.h"
#include "cli/exit_status.h"
#include "cli/input_file.h"
#include "cli/json.h"
#include "cli/table.h"
#include "cli/text.h"
#include "guestkey/guests.h"
#include "guestkey/hosts.h"
#include "guestkey/store.h"
#include "keydb/object_lock.h"

#include <iostream>

namespace guestkeyd::guestkey {

namespace {

void say(const Invocation& invocation, const std::string& sentence) {
    if (!invocation.output.quiet && invocation.output.json == cli::Json::Off)
        std::cout << sentence << '\n';
}

keydb::ObjectLock lock(const Invocation& invocation, const GuestId& guest, const std::string& name) {
    return {database_file(invocation), guest.str(), "guest " + quoted(name)};
}

std::string xml_for(const Invocation& invocation, Hypervisor& libvirt) {
    if (const auto file = invocation.maybe_text("xml"))
        return cli::read_input(*file, cli::kDomainXml);
    const auto& guest = invocation.operands.front();
    const auto id = libvirt.find(guest);
    if (!id)
        throw Failure(ErrorCode::NoSuchGuest, "libvirt of host " + quoted(invocation.text("host")) + " has no guest " +
                                                  quoted(guest) + "; give its domain XML with --xml=FILE");
    return libvirt.xml(*id);
}

void require_named(const GuestNeeds& needs, const std::string& guest) {
    if (needs.name != guest && needs.id.str() != guest)
        throw Failure(ErrorCode::InvalidArgs,
                      "the domain XML is of guest " + quoted(needs.name) + " and not of " + quoted(guest));
}

// A guest that runs elsewhere would lose its keys there without a word.
void require_not_elsewhere(keydb::KeyDatabase& database, const GuestNeeds& needs, const std::string& host) {
    const auto known = database.find_guest(needs.id);
    if (!known || (known->host == host && known->destination.empty()))
        return;
    throw Failure(ErrorCode::Busy, "guest " + quoted(needs.name) + " is on host " + quoted(known->host) +
                                       "; bring it over with guestkey guest migrate, or destroy it first");
}

std::string missing_of(const Readiness& readiness) {
    std::string text;
    for (const auto& each : readiness.missing)
        text += (text.empty() ? "" : ", ") + each;
    return text;
}

} // namespace

int set_up_guest(const Invocation& invocation) {
    auto database = open_database(invocation);
    const auto host = database.host(invocation.require("host"));
    Hypervisor libvirt(host.uri);
    const auto xml = xml_for(invocation, libvirt);
    const auto needs = needs_of(database, xml);
    require_named(needs, invocation.operands.front());
    const auto alone = lock(invocation, needs.id, needs.name);
    require_not_elsewhere(database, needs, host.name);
    keydb::GuestRecord guest{needs.id, needs.name, host.name};
    guest.volumes = needs.volumes;
    database.put_guest(guest);
    const auto agent = connect_agent(host);
    push_keys(database, guest, *agent);
    if (invocation.has("xml") && !invocation.has("keys-only"))
        libvirt.define(xml);
    const auto readiness = agent->check(needs.id, xml);
    if (!readiness.ready)
        throw Failure(ErrorCode::KeysMissing, "guest " + quoted(needs.name) +
                                                  " would not start, as keys are missing "
                                                  "on its host: " +
                                                  missing_of(readiness) + "; see journalctl -u guestkeyd there");
    database.note_pushed(needs.id);
    say(invocation,
        "guest " + needs.name + " is set up on " + host.name + ", with " + cli::counted(needs.volumes.size(), "key"));
    warn_without_backup(database);
    return cli::kDone;
}

int destroy_guest(const Invocation& invocation) {
    auto database = open_database(invocation);
    auto guest = require_guest(database, invocation.operands.front());
    const auto alone = lock(invocation, guest.id, guest.name);
    for (const auto& name : {guest.host, guest.destination}) {
        if (name.empty())
            continue;
        const auto host = database.host(name);
        Hypervisor(host.uri).remove(guest.id);
        see_keys_wiped(*connect_agent(host), guest.id);
    }
    database.remove_guest(guest.id);
    say(invocation, "guest " + guest.name + " is destroyed, and its keys are gone from " + guest.host +
                        "; the keys of its volumes stay in the key database");
    return cli::kDone;
}

int list_guests(const Invocation& invocation) {
    auto database = open_database(invocation);
    const auto guests = database.guests();
    cli::Table table({"GUEST", "HOST", "VOLUMES", "MIGRATES TO", "UUID"});
    auto json = cli::JsonValue::array();
    for (const auto& guest : guests) {
        table.add({guest.name, guest.host, std::to_string(guest.volumes.size()),
                   guest.destination.empty() ? "-" : guest.destination, guest.id.str()});
        json.push_back({{"uuid", guest.id.str()},
                        {"name", guest.name},
                        {"host", guest.host},
                        {"destination", guest.destination},
                        {"volumes", cli::json_of(guest.volumes)}});
    }
    if (invocation.output.json != cli::Json::Off)
        cli::print_json(json, invocation.output.json);
    else if (!guests.empty())
        table.print(std::cout, invocation.output.legend);
    else if (invocation.output.legend)
        std::cout << "No guests.\n";
    return cli::kDone;
}

} // namespace guestkeyd::guestkey
