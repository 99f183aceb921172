// SPDX-License-Identifier: LGPL-2.1-or-later
// Guests move from host to host, and their keys with them.
#include "base/error.h"
#include "cli/exit_status.h"
#include "guestkey/guests.h"
#include "guestkey/hosts.h"
#include "guestkey/store.h"
#include "keydb/object_lock.h"

#include <chrono>
#include <iostream>
#include <thread>

namespace guestkeyd::guestkey {

namespace {

constexpr std::chrono::minutes kPatience(5);
constexpr std::chrono::milliseconds kBetweenLooks(200);

// The libvirts and agents on both sides.
struct Journey {
    Journey(keydb::KeyDatabase& database, const keydb::GuestRecord& guest)
        : source(database.host(guest.host)), destination(database.host(guest.destination)), here(source.uri),
          there(destination.uri), agent_here(connect_agent(source)), agent_there(connect_agent(destination)) {}

    keydb::HostRecord source;
    keydb::HostRecord destination;
    Hypervisor here;
    Hypervisor there;
    std::unique_ptr<Client> agent_here;
    std::unique_ptr<Client> agent_there;
};

// While it migrates, both have it; once it is over, one has.
void wait_for_the_end(Journey& journey, const GuestId& guest) {
    const auto deadline = std::chrono::steady_clock::now() + kPatience;
    while (journey.here.presence(guest) == GuestPresence::Active &&
           journey.there.presence(guest) == GuestPresence::Active) {
        if (std::chrono::steady_clock::now() >= deadline)
            throw Failure(ErrorCode::Busy, "guest " + guest.str() +
                                               " is still migrating, and has keys on both hosts; "
                                               "see virsh domjobinfo, and migrate it again then");
        std::this_thread::sleep_for(kBetweenLooks);
    }
}

bool has_arrived(Journey& journey, const GuestId& guest) {
    const auto there = journey.there.presence(guest);
    return there == GuestPresence::Active ||
           (there == GuestPresence::Off && journey.here.presence(guest) == GuestPresence::Absent);
}

void arrive(keydb::KeyDatabase& database, Journey& journey, keydb::GuestRecord& guest) {
    see_keys_wiped(*journey.agent_here, guest.id);
    for (const auto& volume : guest.volumes) {
        database.note_migrated(volume);
        database.set_host_of(volume, guest.destination);
    }
    guest.host = guest.destination;
    guest.destination.clear();
    database.put_guest(guest);
}

void stay(keydb::KeyDatabase& database, Journey& journey, keydb::GuestRecord& guest) {
    wipe_keys(*journey.agent_there, guest.id);
    guest.destination.clear();
    database.put_guest(guest);
}

void settle(keydb::KeyDatabase& database, Journey& journey, keydb::GuestRecord& guest) {
    wait_for_the_end(journey, guest.id);
    if (has_arrived(journey, guest.id))
        arrive(database, journey, guest);
    else
        stay(database, journey, guest);
}

void send_ahead(keydb::KeyDatabase& database, Journey& journey, const keydb::GuestRecord& guest) {
    push_keys(database, guest, *journey.agent_there);
    if (!journey.agent_there->check(guest.id, journey.here.xml(guest.id)).ready)
        throw Failure(ErrorCode::KeysMissing, "guest " + quoted(guest.name) + " could not arrive on host " +
                                                  quoted(guest.destination) +
                                                  ", as keys are missing there; set it up anew with all its volumes: "
                                                  "guestkey guest setup");
}

void travel(keydb::KeyDatabase& database, keydb::GuestRecord& guest, const MigrationOptions& options) {
    database.put_guest(guest); // before the destination has keys, so that they are taken back whatever happens
    Journey journey(database, guest);
    try {
        send_ahead(database, journey, guest);
        journey.here.migrate(guest.id, journey.there, options);
    } catch (const Failure&) {
        settle(database, journey, guest);
        if (guest.host != journey.destination.name)
            throw;
        return; // it has arrived, whatever was lost on the way
    }
    settle(database, journey, guest);
}

} // namespace

void settle_migration(keydb::KeyDatabase& database, keydb::GuestRecord guest) {
    Journey journey(database, guest);
    settle(database, journey, guest);
}

int migrate_guest(const Invocation& invocation) {
    auto database = open_database(invocation);
    const auto to = database.host(invocation.require("to")).name;
    const auto id = require_guest(database, invocation.operands.front()).id;
    const keydb::ObjectLock alone(database_file(invocation), id.str(), "guest " + invocation.operands.front());
    auto guest = *database.find_guest(id);
    if (!guest.destination.empty())
        settle_migration(database, guest);
    guest = *database.find_guest(id);
    if (guest.host != to) {
        guest.destination = to;
        travel(database, guest,
               {invocation.text("migrate-uri"), invocation.text("disks-uri"), invocation.has("unsafe")});
    }
    if (!invocation.output.quiet)
        std::cout << "guest " << guest.name << " is on " << to << ", and its keys are there and nowhere else\n";
    return cli::kDone;
}

} // namespace guestkeyd::guestkey
