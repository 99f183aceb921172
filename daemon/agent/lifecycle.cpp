// SPDX-License-Identifier: LGPL-2.1-or-later
#include "agent/lifecycle.h"

#include "agent/key_store.h"
#include "base/error.h"
#include "base/journal.h"

#include <array>

namespace guestkeyd {

namespace {

struct Rule {
    GuestHappened happened;
    int detail;
    Verdict verdict;
};

constexpr Rule stopped(StoppedBecause because, Fate fate, PurgeReason reason) {
    return {GuestHappened::Stopped, static_cast<int>(because), {fate, reason}};
}

// A guest that is off can be started again with no one's help, and so keeps its keys, unless it was taken away. A
// transient guest is gone once it is off; but one that was saved is expected back, and one whose arrival failed may
// be sent again.
constexpr std::array kRules{
    Rule{GuestHappened::Undefined,
         static_cast<int>(UndefinedBecause::Removed),
         {Fate::WipeIfOff, PurgeReason::Undefined}},
    stopped(StoppedBecause::Shutdown, Fate::WipeIfTransient, PurgeReason::Stopped),
    stopped(StoppedBecause::Destroyed, Fate::Wipe, PurgeReason::Destroyed),
    stopped(StoppedBecause::Crashed, Fate::WipeIfTransient, PurgeReason::Stopped),
    stopped(StoppedBecause::Migrated, Fate::Wipe, PurgeReason::Migrated),
    stopped(StoppedBecause::Saved, Fate::Keep, PurgeReason::Stopped),
    stopped(StoppedBecause::Failed, Fate::Keep, PurgeReason::Stopped),
    stopped(StoppedBecause::FromSnapshot, Fate::WipeIfTransient, PurgeReason::Stopped),
};

} // namespace

Verdict verdict_on(GuestHappened happened, int detail) {
    for (const auto& rule : kRules)
        if (rule.happened == happened && rule.detail == detail)
            return rule.verdict;
    return {Fate::Keep, PurgeReason::Stopped};
}

void Lifecycle::on_event(const GuestEvent& event) {
    const auto before = seen_.find(event.guest);
    const bool was_transient = before != seen_.end() && !before->second.persistent;
    follow(event);
    const auto now = seen_.find(event.guest);
    if (now != seen_.end())
        now->second.name = event.name;
    introduce(event.guest);
    judge(event.guest, verdict_on(event.happened, event.detail), was_transient);
    store_.set_state(event.guest, state_of(event.guest));
}

void Lifecycle::introduce(GuestId guest) {
    if (const auto seen = seen_.find(guest); seen != seen_.end())
        store_.note_seen(guest, seen->second.name, seen->second.running);
}

// Keeps seen_ as libvirt has the guest after the event.
void Lifecycle::follow(const GuestEvent& event) {
    auto entry = seen_.find(event.guest);
    switch (event.happened) {
    case GuestHappened::Defined:
        seen_.try_emplace(event.guest, Seen{false, true, event.name}).first->second.persistent = true;
        break;
    case GuestHappened::Undefined:
        if (entry == seen_.end() || event.detail == static_cast<int>(UndefinedBecause::Renamed))
            break;
        entry->second.persistent = false;
        if (!entry->second.running)
            seen_.erase(entry);
        break;
    case GuestHappened::Started:
    case GuestHappened::Resumed:
        // One that starts without having been defined is transient.
        seen_.try_emplace(event.guest, Seen{true, false, event.name}).first->second.running = true;
        break;
    case GuestHappened::Stopped:
        if (entry == seen_.end())
            break;
        entry->second.running = false;
        if (!entry->second.persistent)
            seen_.erase(entry);
        break;
    default:
        break;
    }
}

void Lifecycle::judge(GuestId guest, Verdict verdict, bool was_transient) {
    const auto seen = seen_.find(guest);
    const bool running = seen != seen_.end() && seen->second.running;
    const bool wiped = verdict.fate == Fate::Wipe || (verdict.fate == Fate::WipeIfOff && !running) ||
                       (verdict.fate == Fate::WipeIfTransient && was_transient);
    if (wiped)
        wipe(guest, verdict.reason);
}

void Lifecycle::on_listed(const std::vector<ListedGuest>& guests, const std::set<GuestId>& changed_meanwhile) {
    listening_ = true;
    std::unordered_map<GuestId, const ListedGuest*> listed;
    for (const auto& guest : guests)
        if (!changed_meanwhile.contains(guest.guest))
            listed.emplace(guest.guest, &guest);
    std::erase_if(seen_, [&](const auto& entry) { return !changed_meanwhile.contains(entry.first); });
    for (const auto& [id, guest] : listed)
        seen_.insert_or_assign(id, Seen{guest->running, guest->persistent, guest->name});
    std::vector<GuestId> ours;
    for (const auto& [id, guest] : store_.guests())
        ours.push_back(id);
    for (const auto& id : ours) {
        if (changed_meanwhile.contains(id))
            continue;
        const auto found = listed.find(id);
        reconcile(store_.get(id), found == listed.end() ? nullptr : found->second);
    }
    for (const auto& id : ours)
        store_.set_state(id, state_of(id));
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
    store_.note_seen(id, listed->name, listed->running);
    if (stopped_meanwhile && listed->stopped_because)
        judge(id, verdict_on(GuestHappened::Stopped, static_cast<int>(*listed->stopped_because)), !listed->persistent);
}

void Lifecycle::on_lost() {
    listening_ = false;
    std::vector<GuestId> ours;
    for (const auto& [id, guest] : store_.guests())
        ours.push_back(id);
    for (const auto& id : ours)
        store_.set_state(id, GuestState::Unknown);
}

GuestState Lifecycle::state_of(GuestId guest) const {
    if (!listening_)
        return GuestState::Unknown;
    const auto seen = seen_.find(guest);
    if (seen == seen_.end())
        return GuestState::Expected;
    return seen->second.running ? GuestState::Running : GuestState::Present;
}

void Lifecycle::wipe(GuestId guest, PurgeReason reason) {
    if (!store_.find(guest))
        return;
    try {
        const auto purged = store_.purge_guest(guest, reason);
        journal(Priority::Info,
                "wiped " + std::to_string(purged) + " keys of guest " + guest.str() + ": " + purge_reason_name(reason),
                {{"GUEST_UUID", guest.str()}, {"ACTION", "purge"}, {"RESULT", "done"}});
    } catch (const Failure& failure) {
        journal(Priority::Error, failure.message(),
                {{"GUEST_UUID", guest.str()}, {"ACTION", "purge"}, {"RESULT", "failed"}});
    }
}

} // namespace guestkeyd
