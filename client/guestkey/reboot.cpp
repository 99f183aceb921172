// SPDX-License-Identifier: LGPL-2.1-or-later
// A host that was booted anew gets the keys of its guests again.
#include "base/journal.h"
#include "guestkey/guests.h"
#include "guestkey/hosts.h"
#include "keydb/object_lock.h"

namespace guestkeyd::guestkey {

namespace {

// What the database was made with before it knew of boots, it knows of none.
bool has_lost_keys(const keydb::HostRecord& host, const std::string& boot, Client& agent) {
    return host.boot.empty() ? agent.guests().empty() : host.boot != boot;
}

} // namespace

void restore_after_reboot(keydb::KeyDatabase& database, const std::filesystem::path& file, const std::string& name,
                          Client& agent) {
    const auto host = database.host(name);
    const auto boot = agent.status().boot_id;
    if (boot.empty() || host.boot == boot) // an older agent says nothing
        return;
    if (has_lost_keys(host, boot, agent)) {
        Hypervisor libvirt(host.uri);
        for (const auto& each : database.guests()) {
            const keydb::ObjectLock alone(file, each.id.str(), "guest " + each.name);
            const auto guest = database.find_guest(each.id);
            if (!guest || guest->host != name || libvirt.presence(guest->id) == GuestPresence::Absent)
                continue;
            push_keys(database, *guest, agent);
            journal(Priority::Notice, "host " + name + " was rebooted, and got the keys of guest " + guest->name);
        }
    }
    database.set_boot(name, boot);
}

} // namespace guestkeyd::guestkey
