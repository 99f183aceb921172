// SPDX-License-Identifier: LGPL-2.1-or-later
#include "agent/key_store.h"
#include "agent/lifecycle.h"

#include <utility>

namespace guestkeyd {

void Lifecycle::on_listed(const std::vector<ListedGuest>& guests, const std::set<GuestId>& changed_meanwhile) {
    listening_ = true;
    std::unordered_map<GuestId, const ListedGuest*> listed;
    seen_.clear();
    for (const auto& guest : guests) {
        listed.emplace(guest.guest, &guest);
        seen_.emplace(guest.guest, Seen{guest.running, guest.persistent, guest.arriving, guest.leaving, guest.name});
    }
    for (const auto& id : guests_with_keys()) {
        const auto found = listed.find(id);
        if (!changed_meanwhile.contains(id))
            reconcile(store_.get(id), found == listed.end() ? nullptr : found->second);
        store_.set_state(id, state_of(id));
    }
    for (const auto& event : std::exchange(unlisted_, {}))
        on_event(event);
}

void Lifecycle::on_looked_at(GuestId id, const std::optional<ListedGuest>& found) {
    if (!listening_)
        return;
    const bool was_arriving = seen_.contains(id) && seen_.at(id).arriving;
    if (found)
        seen_.insert_or_assign(id,
                               Seen{found->running, found->persistent, found->arriving, found->leaving, found->name});
    else
        seen_.erase(id);
    const auto* guest = store_.find(id);
    if (!guest)
        return;
    if (!found && was_arriving)
        expect_again(id);
    reconcile(*guest, found ? &*found : nullptr);
    store_.set_state(id, state_of(id));
}

std::vector<GuestId> Lifecycle::known_otherwise(const std::vector<ListedGuest>& guests) const {
    std::vector<GuestId> doubtful;
    std::set<GuestId> listed;
    for (const auto& guest : guests) {
        listed.insert(guest.guest);
        const auto seen = seen_.find(guest.guest);
        if (seen == seen_.end() || seen->second.running != guest.running ||
            seen->second.persistent != guest.persistent || seen->second.arriving != guest.arriving ||
            seen->second.leaving != guest.leaving || seen->second.name != guest.name)
            doubtful.push_back(guest.guest);
    }
    for (const auto& [id, seen] : seen_)
        if (!listed.contains(id))
            doubtful.push_back(id);
    return doubtful;
}

void Lifecycle::reconcile(const Guest& guest, const ListedGuest* listed) {
    const auto id = guest.id;
    if (!listed) {
        if (guest.record.known)
            wipe(id, PurgeReason::Vanished);
        return;
    }
    // Only a guest that ran when last seen, or was about to, was stopped meanwhile: one that was destroyed before its
    // keys were attached still says so. While a guest is being started, libvirt has no reason for its being off.
    const auto& because = listed->stopped_because;
    const bool started_in_vain = guest.record.starting && because == StoppedBecause::Failed;
    const bool started_meanwhile = guest.record.starting && because && !started_in_vain;
    const bool stopped_meanwhile = (guest.record.running || started_meanwhile) && !listed->running;
    if (started_in_vain || stopped_meanwhile)
        store_.amend(id, [](GuestRecord& record) { record.starting = false; });
    introduce(id);
    // When it was libvirtd that missed the end, it has no reason for it.
    if (stopped_meanwhile)
        judge_stop(id, because.value_or(StoppedBecause::Crashed), !listed->persistent);
}

void Lifecycle::on_lost() {
    listening_ = false;
    unlisted_.clear();
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
