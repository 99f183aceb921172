// SPDX-License-Identifier: LGPL-2.1-or-later
// Which names mappings may have.
#include "agent/mapping_rules.h"
#include "agent/mappings.h"

#include <algorithm>

namespace guestkeyd {

void Mappings::check(const AttachRequest& request) const {
    for (std::size_t i = 0; i < request.volumes.size(); ++i) {
        if (!request.attributes[i].mapped)
            continue;
        refuse_taken(request, i);
        if (!has_device_mapper())
            throw Failure(ErrorCode::Unsupported,
                          "this host has no device-mapper, so the key of volume " + request.volumes[i].str() +
                              " cannot be delivered by dm-crypt; load the kernel module dm_mod, or use libvirt-secret");
    }
}

// Says nothing of whose it is: the caller need not be allowed to know that guest.
void Mappings::refuse_taken(const AttachRequest& request, std::size_t index) const {
    const auto& name = request.attributes[index].mapped->name;
    const auto volume = request.volumes[index];
    const auto taken = [&](GuestId guest, VolumeId other, const VolumeAttributes& attributes) {
        return attributes.mapped && attributes.mapped->name == name && !(guest == request.guest && other == volume);
    };
    bool is_taken = false;
    for (std::size_t i = 0; i < request.volumes.size(); ++i)
        is_taken = is_taken || taken(request.guest, request.volumes[i], request.attributes[i]);
    for (const auto& [id, guest] : store_.guests())
        for (const auto& each : guest.volumes) {
            const bool replaced =
                id == request.guest && (request.exclusive || std::find(request.volumes.begin(), request.volumes.end(),
                                                                       each.volume) != request.volumes.end());
            is_taken = is_taken || (!replaced && taken(id, each.volume, each.attributes));
        }
    const auto open = mappings_.find(name);
    const bool ours = open != mappings_.end();
    if (ours)
        is_taken = is_taken || open->second->record().guest != request.guest || open->second->record().volume != volume;
    if (is_taken)
        throw Failure(ErrorCode::InvalidArgs, "the mapping " + quoted(name) + " for volume " + volume.str() +
                                                  " is of another volume; choose another name");
    if (!ours)
        refuse_foreign_mapping(name, volume);
}

} // namespace guestkeyd
