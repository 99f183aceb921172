// SPDX-License-Identifier: LGPL-2.1-or-later
// A volume gets a new key, which stands beside the old one in the database until it opens the volume.
#include "base/error.h"
#include "cli/exit_status.h"
#include "cli/volume_place.h"
#include "guestkey/guests.h"
#include "guestkey/hosts.h"
#include "guestkey/store.h"
#include "guestkey/volumes.h"
#include "keydb/object_lock.h"
#include "keydb/values.h"

#include <algorithm>
#include <chrono>
#include <iostream>

namespace guestkeyd::guestkey {

namespace {

constexpr std::chrono::seconds kBetweenLooks(5); // at the other hosts

// How a guest that runs, or may run because its agent does not know, has the volume; none: it does not use it.
std::optional<Volume> use_of(const Guest& guest, const VolumeId& volume) {
    if (guest.state == GuestState::Present || guest.state == GuestState::Expected)
        return std::nullopt;
    const auto found =
        std::find_if(guest.volumes.begin(), guest.volumes.end(), [&](const Volume& each) { return each.id == volume; });
    return found == guest.volumes.end() ? std::nullopt : std::optional(*found);
}

// The host where a guest runs that has the volume open through dm-crypt; none if nobody uses it. Busy if it is used
// otherwise, or twice.
std::optional<std::string> host_that_opened(keydb::KeyDatabase& database, const VolumeId& volume) {
    std::optional<std::string> found;
    at_every_host(database, [&](const keydb::HostRecord& host, Client& agent) {
        for (const auto& guest : agent.guests()) {
            const auto use = use_of(guest, volume);
            if (!use)
                continue;
            if (found || guest.state != GuestState::Running || use->delivery != "dm-crypt")
                throw Failure(ErrorCode::Busy, "guest " + quoted(guest.name) + " runs with volume " + volume.str() +
                                                   "; shut it down first, as its disk is encrypted anew");
            found = host.name;
        }
    });
    return found;
}

// What the agent of one host cannot see, all the time that it works: that the volume comes to be used elsewhere.
class Watch {
  public:
    Watch(keydb::KeyDatabase& database, const VolumeId& volume, std::optional<std::string> opened_on)
        : database_(database), volume_(volume), opened_on_(std::move(opened_on)) {}
    void operator()(Client& agent, JobNumber job) {
        const auto now = std::chrono::steady_clock::now();
        if (now < next_)
            return;
        next_ = now + kBetweenLooks;
        try {
            if (const auto host = host_that_opened(database_, volume_); host && host != opened_on_)
                throw Failure(ErrorCode::Busy, "volume " + volume_.str() + " was opened on host " + quoted(*host) +
                                                   "; repeat guestkey volume rekey, which goes on there");
        } catch (const Failure& failure) {
            if (failure.code() == ErrorCode::Busy) {
                agent.cancel_job(job);
                throw;
            }
        }
    }

  private:
    keydb::KeyDatabase& database_;
    VolumeId volume_;
    std::optional<std::string> opened_on_;
    std::chrono::steady_clock::time_point next_ = std::chrono::steady_clock::now() + kBetweenLooks;
};

SecretBuffer old_and_new_key(keydb::KeyDatabase& database, const VolumeId& volume) {
    const auto old_key = database.key(volume, keydb::KeyState::Current);
    const auto new_key = database.key(volume, keydb::KeyState::New);
    SecretBuffer both(old_key.size() + new_key.size() + 2);
    both.append(old_key.view());
    both.append("\n");
    both.append(new_key.view());
    both.append("\n");
    return both;
}

bool is_stale(const keydb::GuestRecord& guest, const VolumeId& volume) {
    return guest.stale && std::find(guest.volumes.begin(), guest.volumes.end(), volume) != guest.volumes.end();
}

bool any_stale(keydb::KeyDatabase& database, const VolumeId& volume) {
    const auto guests = database.guests();
    return std::any_of(guests.begin(), guests.end(), [&](const auto& each) { return is_stale(each, volume); });
}

bool is_interrupted(keydb::KeyDatabase& database, const VolumeId& volume) {
    const auto keys = database.keys(volume);
    return std::any_of(keys.begin(), keys.end(), [](const auto& key) { return key.state == keydb::KeyState::New; });
}

} // namespace

std::optional<std::int64_t> rekey_due(const keydb::VolumeRecord& volume) {
    if (volume.rekey_after_migration && volume.migrated)
        return 0;
    return volume.rekey_every ? std::optional(volume.rekeyed + *volume.rekey_every) : std::nullopt;
}

// The agent finds out how far an earlier call with the same keys has come, and does the rest.
void rekey(keydb::KeyDatabase& database, const keydb::VolumeRecord& volume, const Invocation& invocation) {
    if (!volume.ready)
        throw Failure(ErrorCode::NoSuchVolume, "volume " + volume.id.str() +
                                                   " was never made; repeat guestkey volume "
                                                   "create");
    const auto opened_on = host_that_opened(database, volume.id);
    database.prepare_key(volume.id);
    const auto agent = connect_agent(database.host(opened_on.value_or(volume.host)));
    Watch watch(database, volume.id, opened_on);
    const auto follow = [&](JobNumber job) { finish_job(*agent, job, invocation, [&] { watch(*agent, job); }); };
    if (const auto job = find_job(*agent, "reencrypt", volume.place))
        follow(*job);
    Reencryption request{volume.place};
    request.online = opened_on.has_value();
    follow(agent->reencrypt_volume(request, old_and_new_key(database, volume.id)));
    database.commit_key(volume.id);
}

bool push_to_stale_guests(keydb::KeyDatabase& database, const VolumeId& volume) {
    bool all = true;
    for (const auto& guest : database.guests()) {
        if (!is_stale(guest, volume))
            continue;
        try {
            push_keys(database, guest, *connect_agent(database.host(guest.host)));
            database.note_pushed(guest.id);
        } catch (const Failure& failure) {
            cli::warn("host " + quoted(guest.host) + " did not get the new key of guest " + quoted(guest.name) + ": " +
                      failure.message() + "; repeat the command when it is back, or have guestkey run do it");
            all = false;
        }
    }
    return all;
}

int rekey_volume(const Invocation& invocation) {
    auto database = open_database(invocation);
    const auto id = require_volume(database, invocation.operands.front()).id;
    const keydb::ObjectLock alone(database_file(invocation), id.str(), "volume " + id.str());
    // One that has its new key, of which some hosts have not heard, is not encrypted once more.
    if (is_interrupted(database, id) || !any_stale(database, id))
        rekey(database, *database.find_volume(id), invocation);
    const bool all = push_to_stale_guests(database, id);
    if (!invocation.output.quiet)
        std::cout << "volume " << id.str() << " has a new key\n";
    warn_without_backup(database);
    return all ? cli::kDone : cli::kUnreachable;
}

} // namespace guestkeyd::guestkey
