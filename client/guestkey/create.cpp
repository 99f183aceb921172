// SPDX-License-Identifier: LGPL-2.1-or-later
// A volume is made: its key is in the database before a host is asked.
#include "base/error.h"
#include "cli/byte_size.h"
#include "cli/exit_status.h"
#include "cli/job_progress.h"
#include "cli/json.h"
#include "cli/volume_place.h"
#include "guestkey/hosts.h"
#include "guestkey/mapping.h"
#include "guestkey/store.h"
#include "guestkey/volumes.h"
#include "keydb/object_lock.h"
#include "keydb/values.h"

#include <algorithm>
#include <iostream>

namespace guestkeyd::guestkey {

namespace {

keydb::VolumeRecord wanted(const Invocation& invocation, const std::string& host) {
    keydb::VolumeRecord volume{0, VolumeId::parse(keydb::new_uuid()), host};
    volume.place = cli::parse_volume_place(invocation.operands[1]);
    volume.format = invocation.maybe_text("format").value_or("qcow2");
    if (const auto size = invocation.maybe_text("size"))
        volume.capacity = cli::parse_byte_size(*size);
    return volume;
}

// One that was begun is gone on with as it was begun.
keydb::VolumeRecord begun_or_new(keydb::KeyDatabase& database, const keydb::VolumeRecord& volume) {
    const auto known = database.find_volume(volume.host, volume.place);
    if (!known)
        return database.add_volume(volume);
    if (known->format != volume.format || (volume.capacity && known->capacity != volume.capacity))
        throw Failure(ErrorCode::InvalidArgs, "volume " + known->id.str() +
                                                  " of this name has another format or size; choose another name, or "
                                                  "if it was never made: guestkey volume forget " +
                                                  known->id.str());
    return *known;
}

bool is_there_with_its_key(Client& agent, const VolumePlace& place, const SecretBuffer& key) {
    try {
        return agent.test_key(place, key);
    } catch (const Failure&) { // there is none, or something else is there: making it says so
        return false;
    }
}

void make(keydb::KeyDatabase& database, const keydb::VolumeRecord& volume, const Invocation& invocation) {
    const auto agent = connect_agent(database.host(volume.host));
    const auto key = database.key(volume.id, keydb::KeyState::New);
    if (const auto job = find_job(*agent, "create", volume.place))
        finish_job(*agent, *job, invocation);
    if (!is_there_with_its_key(*agent, volume.place, key)) {
        NewVolume request{volume.place};
        request.format = volume.format;
        request.capacity = volume.capacity;
        request.overwrite = invocation.has("overwrite");
        finish_job(*agent, agent->create_volume(request, key), invocation);
    }
    database.commit_key(volume.id);
}

} // namespace

std::optional<JobNumber> find_job(Client& agent, const std::string& operation, const VolumePlace& place) {
    for (const auto& job : agent.jobs())
        if (job.operation == operation && job.volume == cli::human_place(place) && !has_ended(job.state))
            return job.number;
    return std::nullopt;
}

void finish_job(Client& agent, JobNumber job, const Invocation& invocation, const std::function<void()>& watch) {
    std::optional<Job> ended;
    {
        cli::JobProgress progress(invocation.output);
        ended = agent.wait_for_job(job, [&](const Job& now) {
            progress.show(now);
            if (watch)
                watch();
        });
    }
    if (ended->failure)
        throw Failure(*ended->failure);
}

int create_volume(const Invocation& invocation) {
    auto database = open_database(invocation);
    const auto host = database.host(invocation.operands[0]);
    const auto asked = wanted(invocation, host.name);
    auto name = host.name + " " + cli::human_place(asked.place);
    std::replace(name.begin(), name.end(), '/', '_'); // it names the file of the lock
    const keydb::ObjectLock alone(database_file(invocation), name, "volume " + cli::human_place(asked.place));
    const auto volume = begun_or_new(database, asked);
    if (!volume.ready)
        make(database, volume, invocation);
    if (invocation.output.json != cli::Json::Off)
        cli::print_json({{"uuid", volume.id.str()}, {"host", host.name}, {"volume", cli::human_place(volume.place)}},
                        invocation.output.json);
    else if (!invocation.output.quiet)
        std::cout << "volume " << cli::human_place(volume.place) << " is there; in the domain XML "
                  << in_domain_xml(volume) << '\n';
    warn_without_backup(database);
    return cli::kDone;
}

} // namespace guestkeyd::guestkey
