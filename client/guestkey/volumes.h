// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "guestkey/command_line.h"
#include "guestkeyd/client.h"
#include "keydb/key_database.h"

#include <string>

namespace guestkeyd::guestkey {

// A volume by its UUID, its path or POOL/NAME. NoSuchVolume; InvalidArgs if several hosts have one of the name.
keydb::VolumeRecord require_volume(keydb::KeyDatabase& database, const std::string& volume);

// Waits for a job and shows how it gets on; throws what it failed of. Watch is called now and then meanwhile.
void finish_job(Client& agent, JobNumber job, const Invocation& invocation,
                const std::function<void()>& watch = nullptr);
// A job on the volume that has not ended, which an interrupted command has left.
std::optional<JobNumber> find_job(Client& agent, const std::string& operation, const VolumePlace& place);

// When it is due by its policy; none: never.
std::optional<std::int64_t> rekey_due(const keydb::VolumeRecord& volume);

// Gives the volume a new key, or goes on with what was interrupted. Busy if a guest that runs uses it on any host.
void rekey(keydb::KeyDatabase& database, const keydb::VolumeRecord& volume, const Invocation& invocation);
// Sends the hosts of guests with the volume its new key. False if one could not be reached.
bool push_to_stale_guests(keydb::KeyDatabase& database, const VolumeId& volume);

int create_volume(const Invocation& invocation);
int list_volumes(const Invocation& invocation);
int show_volume(const Invocation& invocation);
int test_volume(const Invocation& invocation);
int import_volume(const Invocation& invocation);
int forget_volume(const Invocation& invocation);
int rekey_volume(const Invocation& invocation);
int set_policy(const Invocation& invocation);

} // namespace guestkeyd::guestkey
