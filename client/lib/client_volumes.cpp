// SPDX-License-Identifier: LGPL-2.1-or-later
// Calls for volumes and jobs.
#include "connection.h"
#include "guestkeyd/key_fd.h"
#include "job_proxy.h"
#include "remote_seal.h"
#include "unix_fd.h"

#include <algorithm>
#include <thread>

namespace guestkeyd {

namespace {

constexpr auto kJobInterface = org::guestkeyd1::Job_proxy::INTERFACE_NAME;
constexpr std::chrono::milliseconds kBetweenLooks(250); // as often as the agent tells of changes

Properties encode_place(const VolumePlace& place) {
    if (!place.path.empty())
        return {{"path", place.path}};
    return {{"pool", place.pool}, {"name", place.name}};
}

void add_text(Properties& options, const char* name, const std::string& value) {
    if (!value.empty())
        options.emplace(name, value);
}

template <typename Number> void add_number(Properties& options, const char* name, const std::optional<Number>& value) {
    if (value)
        options.emplace(name, *value);
}

Properties encode_options(const NewVolume& volume) {
    Properties options;
    add_text(options, "format", volume.format);
    add_number(options, "capacity", volume.capacity);
    add_text(options, "cipher", volume.cipher);
    add_number(options, "key-size", volume.key_size);
    add_number(options, "sector-size", volume.sector_size);
    add_text(options, "label", volume.label);
    add_text(options, "pbkdf", volume.pbkdf);
    if (volume.overwrite)
        options.emplace("overwrite", true);
    return options;
}

Properties encode_options(const Reencryption& volume) {
    Properties options;
    add_text(options, "pbkdf", volume.pbkdf);
    add_number(options, "hotzone", volume.hotzone);
    add_text(options, "resilience", volume.resilience);
    add_text(options, "target", volume.target);
    if (volume.online)
        options.emplace("online", true);
    return options;
}

std::unique_ptr<sdbus::IProxy> job_object(sdbus::IConnection& bus, JobNumber job) {
    return sdbus::createProxy(bus, kAgentName, job_path(job));
}

// Runs a call of a job's object.
template <typename Call> auto of_job(JobNumber job, Call&& call) {
    try {
        return call();
    } catch (const sdbus::Error& error) {
        if (error.getName() == "org.freedesktop.DBus.Error.UnknownObject")
            throw Failure(ErrorCode::NoSuchJob, "there is no job " + std::to_string(job) +
                                                    ", or it ended too long ago; see guestkeyctl job list");
        throw;
    }
}

} // namespace

JobNumber Client::create_volume(const NewVolume& volume, const SecretBuffer& key) {
    return connection_->call([&] {
        auto& agent = connection_->agent;
        const auto place = encode_place(volume.place);
        const auto options = encode_options(volume);
        if (!connection_->is_remote())
            return job_of_path(agent.CreateVolume(place, unix_fd(key_fd(key)), options));
        const auto envelope = seal_volume_keys("create", volume.place, key, connection_->recipient());
        return job_of_path(agent.CreateVolumeSealed(place, envelope, options));
    });
}

JobNumber Client::reencrypt_volume(const Reencryption& volume, const SecretBuffer& old_and_new_key) {
    return connection_->call([&] {
        auto& agent = connection_->agent;
        const auto place = encode_place(volume.place);
        const auto options = encode_options(volume);
        if (!connection_->is_remote())
            return job_of_path(agent.ReencryptVolume(place, unix_fd(key_fd(old_and_new_key)), options));
        const auto envelope = seal_volume_keys("reencrypt", volume.place, old_and_new_key, connection_->recipient());
        return job_of_path(agent.ReencryptVolumeSealed(place, envelope, options));
    });
}

bool Client::test_key(const VolumePlace& volume, const SecretBuffer& key, const std::string& format) {
    return connection_->call([&] {
        auto& agent = connection_->agent;
        Properties options;
        add_text(options, "format", format);
        if (!connection_->is_remote())
            return agent.TestKey(encode_place(volume), unix_fd(key_fd(key)), options);
        const auto envelope = seal_volume_keys("test", volume, key, connection_->recipient());
        const Connection::Patience patience(*connection_);
        return agent.TestKeySealed(encode_place(volume), envelope, options);
    });
}

std::vector<Job> Client::jobs() {
    return connection_->call([&] {
        std::vector<Job> jobs;
        for (const auto& [path, interfaces] : connection_->agent.GetManagedObjects())
            if (const auto job = interfaces.find(kJobInterface); job != interfaces.end())
                jobs.push_back(decode_job(job_of_path(path), job->second));
        std::sort(jobs.begin(), jobs.end(), [](const Job& a, const Job& b) { return a.number < b.number; });
        return jobs;
    });
}

Job Client::job(JobNumber number) {
    return connection_->call([&] {
        Properties properties;
        of_job(number, [&] {
            job_object(*connection_->bus, number)
                ->callMethod("GetAll")
                .onInterface("org.freedesktop.DBus.Properties")
                .withArguments(std::string(kJobInterface))
                .storeResultsTo(properties);
        });
        return decode_job(number, properties);
    });
}

// Signals would reach root alone, by the policy of the bus; whoever has started a job may look at it.
Job Client::wait_for_job(JobNumber number, const std::function<void(const Job&)>& watch) {
    for (;;) {
        auto found = job(number);
        if (watch)
            watch(found);
        if (has_ended(found.state))
            return found;
        std::this_thread::sleep_for(kBetweenLooks);
    }
}

void Client::cancel_job(JobNumber number) {
    connection_->call([&] {
        of_job(number, [&] {
            job_object(*connection_->bus, number)
                ->callMethod("Cancel")
                .onInterface(kJobInterface)
                .withArguments(Properties{});
        });
    });
}

} // namespace guestkeyd
