// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "guestkey/command_line.h"
#include "guestkeyd/client.h"
#include "keydb/key_database.h"

#include <filesystem>
#include <string>
#include <vector>

namespace guestkeyd::guestkey {

// A guest that the database knows, by its name or UUID. NoSuchGuest; InvalidArgs if several have the name.
keydb::GuestRecord require_guest(keydb::KeyDatabase& database, const std::string& guest);

// The volumes of the database that the domain XML names the secrets or the mapped devices of. NoSuchVolume, naming
// them, if others are named; InvalidArgs if one is named in the other way.
struct GuestNeeds {
    GuestId id;
    std::string name;
    std::vector<VolumeId> volumes;
};
GuestNeeds needs_of(keydb::KeyDatabase& database, const std::string& domain_xml);

// Sends the keys of all volumes of the guest, as the database has them, in place of what keys of it the host has.
void push_keys(keydb::KeyDatabase& database, const keydb::GuestRecord& guest, Client& agent);

// Wipes what keys of the guest are there, if any.
void wipe_keys(Client& agent, const GuestId& guest);

// Waits for the agent to wipe the keys of a guest that has left; wipes them if it does not. Returns when they are gone.
void see_keys_wiped(Client& agent, const GuestId& guest);

// Gives a host that was booted anew since its guests last got all their keys those again, but for guests that its
// libvirt does not have any more. File: of the database. Busy if another guestkey works on one of the guests.
void restore_after_reboot(keydb::KeyDatabase& database, const std::filesystem::path& file, const std::string& name,
                          Client& agent);

// Takes a migration that was interrupted to its end: to where the guest is, with keys there and nowhere else.
void settle_migration(keydb::KeyDatabase& database, keydb::GuestRecord guest);

int set_up_guest(const Invocation& invocation);
int destroy_guest(const Invocation& invocation);
int migrate_guest(const Invocation& invocation);
int list_guests(const Invocation& invocation);

} // namespace guestkeyd::guestkey
