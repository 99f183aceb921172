// SPDX-License-Identifier: LGPL-2.1-or-later
#include "agent/key_store.h"
#include "agent/lifecycle.h"

namespace guestkeyd {

void Lifecycle::on_listed(const std::vector<ListedGuest>& guests, const std::set<GuestId>& changed_meanwhile) {
    listening_ = true;
    std::unordered_map<GuestId, const ListedGuest*> listed;
    for (const auto& guest : guests)
        if (!changed_meanwhile.contains(guest.guest))
            listed.emplace(guest.guest, &guest);
    std::erase_if(seen_, [&](const auto& entry) { return !changed_meanwhile.contains(entry.first); });
    for (const auto& [id, guest] : listed)
        seen_.insert_or_assign(id, Seen{guest->running, guest->persistent, false, guest->name});
    for (const auto& id : guests_with_keys()) {
        const auto found = listed.find(id);
        if (!changed_meanwhile.contains(id))
            reconcile(store_.get(id), found == listed.end() ? nullptr : found->second);
        store_.set_state(id, state_of(id));
    }
}

void Lifecycle::reconcile(const Guest& guest, const ListedGuest* listed) {
    const auto id = guest.id;
    if (!listed) {
        if (guest.record.known)
            wipe(id, PurgeReason::Vanished);
        return;
    }
    // Only a guest that ran when last seen was stopped meanwhile: one that was destroyed before its keys were attached
    // still says so.
    const bool stopped_meanwhile = guest.record.running && !listed->running;
    introduce(id);
    if (stopped_meanwhile && listed->stopped_because)
        judge_stop(id, *listed->stopped_because, !listed->persistent);
}

void Lifecycle::on_lost() {
    listening_ = false;
    for (const auto& id : guests_with_keys())
        store_.set_state(id, GuestState::Unknown);
}

std::vector<GuestId> Lifecycle::guests_with_keys() const {
    std::vector<GuestId> ids;
    for (const auto& [id, guest] : store_.guests())
        ids.push_back(id);
    return ids;
}

} // namespace guestkeyd
