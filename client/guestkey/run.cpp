// SPDX-License-Identifier: LGPL-2.1-or-later
#include "guestkey/run.h"

#include "base/error.h"
#include "base/journal.h"
#include "cli/exit_status.h"
#include "guestkey/guests.h"
#include "guestkey/host_server.h"
#include "guestkey/hosts.h"
#include "guestkey/store.h"
#include "guestkey/volumes.h"
#include "keydb/object_lock.h"
#include "keydb/values.h"

#include <algorithm>
#include <csignal>
#include <map>
#include <set>

namespace guestkeyd::guestkey {

namespace {

constexpr timespec kBetweenRounds{15, 0};

// What is to be done without being asked, done one after the other.
class Rounds {
  public:
    Rounds(keydb::KeyDatabase& database, const Invocation& invocation) : database_(database), invocation_(invocation) {
        invocation_.output.quiet = true;
    }

    void make() {
        for (const auto& host : database_.hosts())
            attempt("host " + host.name, [&] { look_after(host); });
        for (const auto& guest : database_.guests())
            attempt("guest " + guest.name, [&] { look_after(guest); });
        for (const auto& volume : database_.volumes())
            attempt("volume " + volume.id.str(), [&] { look_after(volume); });
    }

  private:
    // Told once, until it goes well again.
    void attempt(const std::string& what, const std::function<void()>& work) {
        try {
            work();
            complaints_.erase(what);
        } catch (const Failure& failure) {
            if (std::exchange(complaints_[what], failure.message()) != failure.message())
                journal(Priority::Warning, what + ": " + failure.message());
        }
    }

    void look_after(const keydb::HostRecord& host) {
        const auto agent = connect_agent(host);
        restore_after_reboot(database_, database_file(invocation_), host.name, *agent);
        find_guests_on(host, *agent);
    }

    // Guests that somebody has moved without us.
    void find_guests_on(const keydb::HostRecord& host, Client& agent) {
        for (const auto& seen : agent.guests()) {
            auto guest = database_.find_guest(seen.id);
            if (!guest || seen.state != GuestState::Running || !guest->destination.empty())
                continue;
            const bool unnamed = guest->name == guest->id.str() && !seen.name.empty();
            if (unnamed)
                guest->name = seen.name;
            if (guest->host != host.name) {
                journal(Priority::Notice,
                        "guest " + guest->name + " has moved from " + guest->host + " to " + host.name);
                for (const auto& volume : guest->volumes) {
                    database_.note_migrated(volume);
                    database_.set_host_of(volume, host.name);
                }
            } else if (!unnamed) {
                continue;
            }
            guest->host = host.name;
            database_.put_guest(*guest);
        }
    }

    void look_after(const keydb::GuestRecord& guest) {
        if (guest.destination.empty() && !guest.stale)
            return;
        const keydb::ObjectLock alone(database_file(invocation_), guest.id.str(), "guest " + guest.name);
        const auto now = database_.find_guest(guest.id);
        if (now && !now->destination.empty())
            settle_migration(database_, *now);
        else if (now && now->stale) {
            push_keys(database_, *now, *connect_agent(database_.host(now->host)));
            database_.note_pushed(now->id);
        }
    }

    bool wants_rekey(const keydb::VolumeRecord& volume) {
        const auto keys = database_.keys(volume.id);
        const auto due = rekey_due(volume);
        return (due && *due <= keydb::now()) ||
               std::any_of(keys.begin(), keys.end(), [](const auto& key) { return key.state == keydb::KeyState::New; });
    }

    void look_after(const keydb::VolumeRecord& volume) {
        if (!volume.ready || !wants_rekey(volume))
            return;
        const keydb::ObjectLock alone(database_file(invocation_), volume.id.str(), "volume " + volume.id.str());
        const auto now = database_.find_volume(volume.id);
        if (!now || !wants_rekey(*now))
            return;
        rekey(database_, *now, invocation_);
        journal(Priority::Notice, "volume " + volume.id.str() + " has a new key");
        push_to_stale_guests(database_, volume.id);
    }

    keydb::KeyDatabase& database_;
    Invocation invocation_;
    std::map<std::string, std::string> complaints_;
};

// Before any thread is there, so that they all leave them to us.
sigset_t hold_signals() {
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    pthread_sigmask(SIG_BLOCK, &signals, nullptr);
    return signals;
}

} // namespace

int run_server(const Invocation& invocation) {
    const auto signals = hold_signals();
    const auto file = database_file(invocation);
    keydb::KeyDatabase database(file);
    const auto secret = unlocking_secret(invocation, database.protection());
    database.unlock(secret);
    Rounds rounds(database, invocation);
    std::map<std::string, HostServer> servers;
    do {
        std::set<std::string> hosts;
        for (const auto& host : database.hosts()) {
            hosts.insert(host.name);
            servers.try_emplace(host.name, file, secret, host.name);
        }
        std::erase_if(servers, [&](const auto& server) { return !hosts.contains(server.first); });
        rounds.make();
    } while (sigtimedwait(&signals, nullptr, &kBetweenRounds) < 0);
    return cli::kDone;
}

} // namespace guestkeyd::guestkey
