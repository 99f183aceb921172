// SPDX-License-Identifier: LGPL-2.1-or-later
#include "bus/bus.h"

#include "agent/agent.h"
#include "bus/bus_source.h"
#include "bus/gate.h"
#include "bus/guest_objects.h"
#include "bus/job_objects.h"
#include "bus/manager_object.h"
#include "bus/object_path.h"

#include <sdbus-c++/sdbus-c++.h>

namespace guestkeyd {

namespace {

std::unique_ptr<sdbus::IConnection> connect() {
    try {
        return sdbus::createSystemBusConnection();
    } catch (const sdbus::Error& error) {
        throw Failure(ErrorCode::Internal,
                      "cannot reach the system bus: " + error.getMessage() + "; is the D-Bus daemon running?");
    }
}

} // namespace

class Bus::Objects {
  public:
    Objects(sdbus::IConnection& connection, EventLoop& loop, Agent& agent, const BusSettings& settings)
        : agent_(agent), connection_(connection), source_(loop, connection),
          gate_(raw_bus(connection), {settings.polkit_calls_per_caller, settings.polkit_timeout},
                [&agent](const char* path) { return owner_of_job(agent, path); }),
          guests_(loop, raw_bus(connection), agent, gate_), jobs_(loop, raw_bus(connection), agent.volumes()),
          manager_(connection, loop, agent, gate_, settings) {
        agent_.tell({store_news(), [this] { manager_.emit_changed(); },
                     [this](const KeysNeeded& needed) { manager_.emit_needed(needed); }});
        agent_.volumes().tell(job_news());
        agent_.log().tell([this](const KeyUse& use) {
            if (use.result != KeyResult::Done || (use.action != KeyAction::Purge && use.action != KeyAction::LeaseEnd))
                manager_.emit_used(use);
        });
        take_name();
    }
    Objects(const Objects&) = delete;
    Objects& operator=(const Objects&) = delete;
    ~Objects() = default;

  private:
    KeyStore::News store_news() {
        return {[this](const Guest& guest) {
                    guests_.emit_added(guest.id);
                    manager_.emit_changed();
                },
                [this](const Guest& guest) {
                    guests_.emit_changed(guest.id);
                    manager_.emit_changed();
                },
                [this](GuestId guest) {
                    guests_.emit_removed(guest);
                    manager_.emit_changed();
                },
                [this](GuestId guest, const std::vector<VolumeId>& volumes, const PurgeCause& cause) {
                    manager_.emit_purged(guest, volumes, cause.reason);
                }};
    }

    static std::optional<uid_t> owner_of_job(Agent& agent, const char* path) {
        const auto id = job_of_path(path);
        const auto* job = id ? agent.volumes().queue().find(*id) : nullptr;
        return job ? std::optional<uid_t>(job->task.caller) : std::nullopt;
    }

    JobQueue::News job_news() {
        return {[this](const Job& job) {
                    jobs_.emit_added(job.id);
                    manager_.emit_changed();
                },
                [this](const Job& job) { jobs_.emit_changed(job.id); },
                [this](const Job& job) { jobs_.emit_progressed(job.id); },
                [this](const Job& job) {
                    jobs_.emit_ended(job);
                    manager_.emit_changed();
                },
                [this](JobId job) { jobs_.emit_removed(job); }};
    }

    void take_name() {
        try {
            connection_.requestName(kBusName);
        } catch (const sdbus::Error& error) {
            throw Failure(ErrorCode::Internal, std::string("cannot take the name ") + kBusName +
                                                   " on the bus: " + error.getMessage() +
                                                   "; is guestkeyd running already, and its bus policy installed?");
        }
    }

    Agent& agent_;
    sdbus::IConnection& connection_;
    BusSource source_;
    Gate gate_;
    GuestObjects guests_;
    JobObjects jobs_;
    ManagerObject manager_;
};

BusConnection::BusConnection() : connection_(connect()) {}

BusConnection::~BusConnection() = default;

Bus::Bus(BusConnection& connection, EventLoop& loop, Agent& agent, BusSettings settings)
    : objects_(std::make_unique<Objects>(*connection.connection_, loop, agent, settings)) {}

Bus::~Bus() = default;

} // namespace guestkeyd
