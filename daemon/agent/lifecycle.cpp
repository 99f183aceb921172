// SPDX-License-Identifier: LGPL-2.1-or-later
#include "agent/lifecycle.h"

#include "agent/key_log.h"
#include "agent/key_store.h"
#include "base/error.h"
#include "base/journal.h"
#include "loop/alarm.h"

namespace guestkeyd {

namespace {

// Details of Started and Resumed that tell of a migration (virDomainEventStartedDetailType, ...ResumedDetailType).
constexpr int kByMigration = 1;

} // namespace

void Lifecycle::on_event(const GuestEvent& event) {
    if (!listening_)
        return unlisted_.push_back(event);
    // What libvirt does not list any more was transient.
    const auto before = seen_.find(event.guest);
    const bool was_transient = before == seen_.end() || !before->second.persistent;
    const bool was_arriving = before != seen_.end() && before->second.arriving;
    follow(event);
    introduce(event.guest);
    if (event.happened == GuestHappened::Stopped)
        store_.amend(event.guest, [](GuestRecord& record) { record.starting = false; });
    const auto* guest = store_.find(event.guest);
    if (!guest)
        return;
    if (event.happened != GuestHappened::Stopped) {
        judge(event.guest, verdict_on(event.happened, event.detail, guest->record.wipe_on), was_transient);
    } else if (was_arriving && event.detail != static_cast<int>(StoppedBecause::Migrated)) {
        // Failed, or destroyed by libvirtd itself when the other host's is gone.
        journal(Priority::Notice, "guest " + event.guest.str() + " did not arrive; its keys are kept for a while");
        if (!seen_.contains(event.guest))
            expect_again(event.guest);
    } else {
        judge_stop(event.guest, static_cast<StoppedBecause>(event.detail), was_transient);
    }
    store_.set_state(event.guest, state_of(event.guest));
}

void Lifecycle::introduce(GuestId guest) {
    const auto seen = seen_.find(guest);
    if (seen == seen_.end())
        return;
    const auto& here = seen->second;
    store_.amend(guest, [&](GuestRecord& record) {
        record.name = here.name;
        record.running = here.running && !here.arriving;
        record.starting = record.starting && !record.running;
        if (here.arriving && !here.persistent) // it may not come, after all
            return;
        record.known = true;
        record.expected_until = 0;
    });
}

// Keeps seen_ as libvirt has the guest after the event.
void Lifecycle::follow(const GuestEvent& event) {
    const auto entry = seen_.find(event.guest);
    switch (event.happened) {
    case GuestHappened::Defined:
        seen_.try_emplace(event.guest, Seen{false, true, false, false, {}}).first->second.persistent = true;
        break;
    case GuestHappened::Undefined:
        if (entry == seen_.end() || event.detail == static_cast<int>(UndefinedBecause::Renamed))
            return;
        entry->second.persistent = false;
        if (!entry->second.running)
            seen_.erase(entry);
        return;
    case GuestHappened::Started:
    case GuestHappened::Resumed: {
        // One that starts without having been defined is transient.
        auto& seen = seen_.try_emplace(event.guest, Seen{true, false, false, false, {}}).first->second;
        seen.running = true;
        seen.arriving = event.happened == GuestHappened::Started && event.detail == kByMigration;
        seen.leaving = false;
        reverting_.erase(event.guest);
        break;
    }
    case GuestHappened::Suspended:
        follow_suspension(event);
        return;
    case GuestHappened::Stopped:
        follow_stop(event);
        return;
    default:
        return;
    }
    seen_.at(event.guest).name = event.name;
}

void Lifecycle::follow_stop(const GuestEvent& event) {
    const auto entry = seen_.find(event.guest);
    if (entry == seen_.end())
        return;
    entry->second.running = entry->second.arriving = entry->second.leaving = false;
    if (!entry->second.persistent)
        seen_.erase(entry);
}

// A guest that was paused arrives without being resumed.
void Lifecycle::follow_suspension(const GuestEvent& event) {
    const auto entry = seen_.find(event.guest);
    if (entry == seen_.end())
        return;
    const auto because = static_cast<SuspendedBecause>(event.detail);
    if (because == SuspendedBecause::Paused)
        entry->second.arriving = false;
    entry->second.leaving = because == SuspendedBecause::Migrated || because == SuspendedBecause::PostCopy;
}

void Lifecycle::judge_stop(GuestId guest, StoppedBecause because, bool was_transient) {
    if (because == StoppedBecause::FromSnapshot)
        return judge_later(guest, was_transient);
    judge(guest, verdict_on(GuestHappened::Stopped, static_cast<int>(because), store_.get(guest).record.wipe_on),
          was_transient);
    // A transient guest that was saved is no longer known to libvirt, but may be restored.
    if (because == StoppedBecause::Saved && !seen_.contains(guest))
        expect_again(guest);
}

void Lifecycle::judge_later(GuestId guest, bool was_transient) {
    auto decide = [this, guest, was_transient] {
        if (!listening_) // it may have been started
            return reverting_.at(guest)->arm(revert_takes_);
        const auto timer = reverting_.extract(guest);
        if (const auto* found = store_.find(guest); found && !is_running(guest))
            judge(guest,
                  verdict_on(GuestHappened::Stopped, static_cast<int>(StoppedBecause::FromSnapshot),
                             found->record.wipe_on),
                  was_transient);
    };
    auto& timer = reverting_[guest];
    timer = std::make_unique<Timer>(loop_, std::move(decide));
    timer->arm(revert_takes_);
}

void Lifecycle::judge(GuestId guest, Verdict verdict, bool was_transient) {
    const bool wiped = verdict.fate == Fate::Wipe || (verdict.fate == Fate::WipeIfOff && !is_running(guest)) ||
                       (verdict.fate == Fate::WipeIfTransient && was_transient);
    if (wiped)
        wipe(guest, verdict.reason);
}

void Lifecycle::expect_again(GuestId guest) {
    store_.amend(guest, [](GuestRecord& record) {
        record.known = record.running = false;
        expect_from_now(record);
    });
}

GuestState Lifecycle::state_of(GuestId guest) const {
    if (!listening_)
        return GuestState::Unknown;
    const auto seen = seen_.find(guest);
    if (seen == seen_.end())
        return GuestState::Expected;
    if (!seen->second.running)
        return GuestState::Present;
    return seen->second.leaving ? GuestState::Leaving : GuestState::Running;
}

bool Lifecycle::is_running(GuestId guest) const {
    const auto seen = seen_.find(guest);
    return seen != seen_.end() && seen->second.running;
}

void Lifecycle::wipe(GuestId guest, PurgeReason reason) {
    reverting_.erase(guest);
    if (!store_.find(guest))
        return;
    try {
        store_.purge_guest(guest, reason);
    } catch (const Failure& failure) {
        log_.note({KeyAction::Purge, KeyResult::Failed, guest, {}, failure.message()});
    }
}

} // namespace guestkeyd
