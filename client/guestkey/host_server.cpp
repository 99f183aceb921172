// SPDX-License-Identifier: LGPL-2.1-or-later
#include "guestkey/host_server.h"

#include "base/error.h"
#include "base/journal.h"
#include "guestkey/guests.h"
#include "guestkey/hosts.h"
#include "guestkeyd/unreachable.h"

#include <algorithm>

namespace guestkeyd::guestkey {

namespace {

constexpr std::chrono::seconds kBetweenTries(5);

// All that are wanted, or NoSuchVolume.
std::vector<VolumeId> volumes_of(keydb::KeyDatabase& database, const NeededKeys& needed) {
    std::vector<VolumeId> volumes;
    for (const auto& text : needed.missing) {
        const auto id = VolumeId::try_parse(text);
        const auto volume = id ? database.find_volume(*id) : std::nullopt;
        if (!volume || volume->forgotten || !volume->ready)
            throw Failure(ErrorCode::NoSuchVolume, "the key database has no key of volume " + quoted(text));
        volumes.push_back(*id);
    }
    return volumes;
}

bool uses(const keydb::GuestRecord& guest, const VolumeId& volume) {
    return std::find(guest.volumes.begin(), guest.volumes.end(), volume) != guest.volumes.end();
}

// A host shall not get at the keys of any volume by making up a guest.
void require_not_anothers(keydb::KeyDatabase& database, const GuestId& guest, const VolumeId& volume) {
    for (const auto& other : database.guests())
        if (other.id != guest && uses(other, volume))
            throw Failure(ErrorCode::NotTrusted, "volume " + volume.str() + " belongs to guest " + quoted(other.name));
}

keydb::GuestRecord guest_with(keydb::KeyDatabase& database, const NeededKeys& needed, const std::string& host) {
    const auto known = database.find_guest(needed.guest);
    auto guest = known ? *known : keydb::GuestRecord{needed.guest, needed.guest.str(), host};
    for (const auto& volume : volumes_of(database, needed)) {
        if (uses(guest, volume))
            continue;
        require_not_anothers(database, needed.guest, volume);
        guest.volumes.push_back(volume);
    }
    return guest;
}

} // namespace

HostServer::HostServer(std::filesystem::path database, const SecretBuffer& secret, std::string host)
    : file_(std::move(database)), secret_(secret), host_(std::move(host)), thread_([this] { serve(); }) {}

HostServer::~HostServer() {
    {
        const std::lock_guard lock(mutex_);
        end_ = true;
        if (listening_)
            listening_->stop();
    }
    ending_.notify_all();
    thread_.join();
}

void HostServer::serve() {
    std::unique_lock lock(mutex_);
    while (!end_) {
        lock.unlock();
        try {
            serve_once();
            complaint_.clear();
        } catch (const std::exception& error) {
            if (complaint_ != error.what())
                journal(Priority::Warning, "host " + host_ + " cannot be served: " + error.what());
            complaint_ = error.what();
        }
        lock.lock();
        ending_.wait_for(lock, kBetweenTries, [this] { return end_; });
    }
}

// Answers go over a connection of their own, as that of the listener is busy with the question. It is open before there
// is one: the host's libvirt waits for the answer, and a way through ssh takes a while.
void HostServer::serve_once() {
    keydb::KeyDatabase database(file_);
    database.unlock(secret_);
    const auto host = database.host(host_);
    const auto listener = connect_agent(host);
    const auto agent = connect_agent(host);
    agent->ping();
    Events events;
    events.keys_needed = [&](const NeededKeys& needed) { answer(database, *agent, needed); };
    events.agent_started = [&] { restore(database, *agent); };
    listener->watch(std::move(events));
    listener->ping();
    restore(database, *agent);
    journal(Priority::Info, "host " + host_ + " is served");
    listen(*listener);
}

void HostServer::listen(Client& listener) {
    {
        const std::lock_guard lock(mutex_);
        if (end_)
            return;
        listening_ = &listener;
    }
    const auto forget = [this](Client*) {
        const std::lock_guard lock(mutex_);
        listening_ = nullptr;
    };
    const std::unique_ptr<Client, decltype(forget)> listening(&listener, forget);
    listener.run();
}

void HostServer::answer(keydb::KeyDatabase& database, Client& agent, const NeededKeys& needed) {
    try {
        auto guest = guest_with(database, needed, host_);
        database.put_guest(guest);
        guest.name = guest.name == guest.id.str() ? "" : guest.name;
        push_keys(database, guest, agent);
        journal(Priority::Notice,
                "host " + host_ + " got the keys that guest " + needed.guest.str() + " needs to " + needed.reason);
    } catch (const Unreachable&) {
        throw; // and both connections are made anew
    } catch (const Failure& failure) {
        journal(Priority::Warning, "host " + host_ + " got no keys for guest " + needed.guest.str() +
                                       ", which needs them to " + needed.reason + ": " + failure.message());
    }
}

void HostServer::restore(keydb::KeyDatabase& database, Client& agent) {
    try {
        restore_after_reboot(database, file_, host_, agent);
    } catch (const Failure& failure) { // the next round tries again
        journal(Priority::Warning, "host " + host_ + " did not get its keys again yet: " + failure.message());
    }
}

} // namespace guestkeyd::guestkey
