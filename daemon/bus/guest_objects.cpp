// SPDX-License-Identifier: LGPL-2.1-or-later
#include "bus/guest_objects.h"

#include "agent/agent.h"
#include "bus/attach_args.h"
#include "bus/caller_journal.h"
#include "bus/object_path.h"
#include "bus/raw_options.h"
#include "bus/reply.h"

#include <cerrno>
#include <cstring>

namespace guestkeyd {

// What sd-bus calls; each finds the guest by the path of the call.
struct GuestObjects::Vtable {
    static const Guest* guest_at(const char* path, const GuestObjects& self) {
        const auto id = guest_of_path(path);
        return id ? self.agent_.store().find(*id) : nullptr;
    }

    static int find(sd_bus*, const char* path, const char*, void* user, void** found, sd_bus_error*) {
        *found = user;
        return guest_at(path, *static_cast<GuestObjects*>(user)) ? 1 : 0;
    }

    static int enumerate(sd_bus*, const char*, void* user, char*** nodes, sd_bus_error*) {
        const auto& guests = static_cast<GuestObjects*>(user)->agent_.store().guests();
        // sd-bus frees the list and its strings with free(3).
        auto** list = static_cast<char**>(std::calloc(guests.size() + 1, sizeof(char*)));
        if (!list)
            return -ENOMEM;
        *nodes = list;
        for (const auto& [id, guest] : guests)
            *list++ = strdup(path_of_guest(id).c_str());
        return 0;
    }

    template <int (*Append)(sd_bus_message*, const Guest&)>
    static int get(sd_bus*, const char* path, const char*, const char*, sd_bus_message* reply, void* user,
                   sd_bus_error*) {
        const auto* guest = guest_at(path, *static_cast<GuestObjects*>(user));
        return guest ? Append(reply, *guest) : -ENOENT;
    }

    static int append_uuid(sd_bus_message* reply, const Guest& guest) {
        return sd_bus_message_append(reply, "s", guest.id.str().c_str());
    }
    static int append_name(sd_bus_message* reply, const Guest& guest) {
        return sd_bus_message_append(reply, "s", guest.record.name.c_str());
    }
    static int append_state(sd_bus_message* reply, const Guest& guest) {
        return sd_bus_message_append(reply, "u", static_cast<std::uint32_t>(guest.state));
    }
    static int append_lease_expires(sd_bus_message* reply, const Guest& guest) {
        return sd_bus_message_append(reply, "t", guest.record.lease_ends * 1000000);
    }
    static int append_generation(sd_bus_message* reply, const Guest& guest) {
        return sd_bus_message_append(reply, "t", guest.record.generation);
    }
    static int append_wipe_on(sd_bus_message* reply, const Guest& guest) {
        return sd_bus_message_append(reply, "s", wipe_on_name(guest.record.wipe_on));
    }
    static int append_last_used(sd_bus_message* reply, const Guest& guest) {
        return sd_bus_message_append(reply, "t", guest.record.last_used);
    }

    static int append_volume(sd_bus_message* reply, const AttachedVolume& volume) {
        const auto id = volume.volume.str();
        const char* delivery = delivery_name(volume.attributes.delivery);
        const auto& usage = volume.attributes.usage;
        const auto& mapped = volume.attributes.mapped;
        if (mapped)
            return sd_bus_message_append(reply, "(sa{sv})", id.c_str(), 3, "delivery", "s", delivery, "device", "s",
                                         mapped->device.c_str(), "mapping", "s", mapped->name.c_str());
        if (!usage)
            return sd_bus_message_append(reply, "(sa{sv})", id.c_str(), 1, "delivery", "s", delivery);
        const std::string type(secret_use_name(usage->use));
        return sd_bus_message_append(reply, "(sa{sv})", id.c_str(), 3, "delivery", "s", delivery, "usage-type", "s",
                                     type.c_str(), "usage-id", "s", usage->id.c_str());
    }

    static int append_volumes(sd_bus_message* reply, const Guest& guest) {
        int result = sd_bus_message_open_container(reply, 'a', "(sa{sv})");
        for (const auto& volume : guest.volumes)
            if (result >= 0)
                result = append_volume(reply, volume);
        return result < 0 ? result : sd_bus_message_close_container(reply);
    }

    static int on_purge(sd_bus_message* call, void* user, sd_bus_error* error) {
        try {
            const auto purged = answering([&] { return static_cast<GuestObjects*>(user)->purge(call); });
            return sd_bus_reply_method_return(call, "u", purged);
        } catch (const sdbus::Error& failure) {
            return sd_bus_error_set(error, failure.getName().c_str(), failure.getMessage().c_str());
        }
    }

    static int on_renew_lease(sd_bus_message* call, void* user, sd_bus_error* error) {
        try {
            answering([&] { static_cast<GuestObjects*>(user)->renew_lease(call); });
            return sd_bus_reply_method_return(call, nullptr);
        } catch (const sdbus::Error& failure) {
            return sd_bus_error_set(error, failure.getName().c_str(), failure.getMessage().c_str());
        }
    }

    static const sd_bus_vtable kTable[];
};

const sd_bus_vtable GuestObjects::Vtable::kTable[] = {
    SD_BUS_VTABLE_START(0),
    SD_BUS_METHOD_WITH_NAMES("Purge", "a{sv}", SD_BUS_PARAM(options), "u", SD_BUS_PARAM(purged), &Vtable::on_purge,
                             SD_BUS_VTABLE_UNPRIVILEGED),
    SD_BUS_METHOD_WITH_NAMES("RenewLease", "t", SD_BUS_PARAM(seconds), "", , &Vtable::on_renew_lease,
                             SD_BUS_VTABLE_UNPRIVILEGED),
    SD_BUS_PROPERTY("Uuid", "s", (&Vtable::get<&Vtable::append_uuid>), 0, SD_BUS_VTABLE_PROPERTY_CONST),
    SD_BUS_PROPERTY("Name", "s", (&Vtable::get<&Vtable::append_name>), 0, SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE),
    SD_BUS_PROPERTY("State", "u", (&Vtable::get<&Vtable::append_state>), 0, SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE),
    SD_BUS_PROPERTY("Volumes", "a(sa{sv})", (&Vtable::get<&Vtable::append_volumes>), 0,
                    SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE),
    SD_BUS_PROPERTY("LeaseExpires", "t", (&Vtable::get<&Vtable::append_lease_expires>), 0,
                    SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE),
    SD_BUS_PROPERTY("Generation", "t", (&Vtable::get<&Vtable::append_generation>), 0,
                    SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE),
    SD_BUS_PROPERTY("WipeOn", "s", (&Vtable::get<&Vtable::append_wipe_on>), 0, SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE),
    SD_BUS_PROPERTY("LastUsed", "t", (&Vtable::get<&Vtable::append_last_used>), 0, SD_BUS_VTABLE_PROPERTY_EMITS_CHANGE),
    SD_BUS_VTABLE_END,
};

GuestObjects::GuestObjects(EventLoop& loop, sd_bus* bus, Agent& agent, const Gate& gate)
    : loop_(loop), bus_(bus), agent_(agent), gate_(gate) {
    sd_bus_slot* slot = nullptr;
    check_errno(
        sd_bus_add_fallback_vtable(bus, &slot, kGuestsPath, kGuestInterface, Vtable::kTable, &Vtable::find, this),
        "export guests");
    vtable_slot_.reset(slot);
    check_errno(sd_bus_add_node_enumerator(bus, &slot, kGuestsPath, &Vtable::enumerate, this), "export guests");
    enumerator_slot_.reset(slot);
    check_errno(sd_bus_add_object_manager(bus, &slot, kManagerPath), "export guests");
    manager_slot_.reset(slot);
}

void GuestObjects::emit_added(GuestId guest) {
    sd_bus_emit_interfaces_added(bus_, path_of_guest(guest).c_str(), kGuestInterface, nullptr);
}

void GuestObjects::emit_removed(GuestId guest) {
    changed_.erase(guest);
    sd_bus_emit_interfaces_removed(bus_, path_of_guest(guest).c_str(), kGuestInterface, nullptr);
}

void GuestObjects::emit_changed(GuestId guest) {
    if (changed_.empty())
        loop_.post([this] { emit_pending_changes(); });
    changed_.insert(guest);
}

void GuestObjects::emit_pending_changes() {
    const auto changed = std::exchange(changed_, {});
    for (const auto& guest : changed)
        sd_bus_emit_properties_changed(bus_, path_of_guest(guest).c_str(), kGuestInterface, "Name", "State", "Volumes",
                                       "LeaseExpires", "Generation", "WipeOn", "LastUsed", nullptr);
}

void GuestObjects::renew_lease(sd_bus_message* call) {
    std::uint64_t seconds = 0;
    check_errno(sd_bus_message_read_basic(call, 't', &seconds), "read the length of the lease");
    const auto id = guest_of_path(sd_bus_message_get_path(call));
    agent_.renew_lease(id.value(), checked_seconds(seconds, "a lease"));
    agent_.log().note(done_by(gate_, sd_bus_message_get_sender(call), KeyAction::Renew, *id));
}

std::uint32_t GuestObjects::purge(sd_bus_message* call) {
    const auto id = guest_of_path(sd_bus_message_get_path(call));
    const auto force = read_force(call);
    const auto caller = gate_.uid_of(sd_bus_message_get_sender(call));
    return static_cast<std::uint32_t>(agent_.purge_guest(id.value(), force, caller));
}

} // namespace guestkeyd
