// SPDX-License-Identifier: LGPL-2.1-or-later
#include "agent/lifecycle.h"

#include "agent/key_log.h"
#include "agent/key_store.h"
#include "base/error.h"
#include "base/journal.h"
#include "loop/alarm.h"

namespace guestkeyd {

namespace {

using namespace std::chrono_literals;

// libvirt starts a guest that it reverts to a running snapshot within a fraction of a second.
constexpr auto kRevertTakes = 10s;

// Details of Started and Resumed that tell of a migration (virDomainEventStartedDetailType, ...ResumedDetailType).
constexpr int kByMigration = 1;

} // namespace

void Lifecycle::on_event(const GuestEvent& event) {
    const auto before = seen_.find(event.guest);
    const bool was_transient = before != seen_.end() && !before->second.persistent;
    const bool was_arriving = before != seen_.end() && before->second.arriving;
    follow(event);
    introduce(event.guest);
    const auto* guest = store_.find(event.guest);
    if (!guest)
        return;
    if (event.happened != GuestHappened::Stopped) {
        judge(event.guest, verdict_on(event.happened, event.detail, guest->record.wipe_on), was_transient);
    } else if (was_arriving && event.detail == static_cast<int>(StoppedBecause::Failed)) {
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
    store_.amend(guest, [&](GuestRecord& record) {
        record.known = true;
        record.expected_until = 0;
        record.running = seen->second.running;
        record.name = seen->second.name;
    });
}

// Keeps seen_ as libvirt has the guest after the event.
void Lifecycle::follow(const GuestEvent& event) {
    const auto entry = seen_.find(event.guest);
    switch (event.happened) {
    case GuestHappened::Defined:
        seen_.try_emplace(event.guest, Seen{false, true, false, {}}).first->second.persistent = true;
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
        auto& seen = seen_.try_emplace(event.guest, Seen{true, false, false, {}}).first->second;
        seen.running = true;
        seen.arriving = event.happened == GuestHappened::Started && event.detail == kByMigration;
        reverting_.erase(event.guest);
        break;
    }
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
    entry->second.running = false;
    entry->second.arriving = false;
    if (!entry->second.persistent)
        seen_.erase(entry);
}

void Lifecycle::judge_stop(GuestId guest, StoppedBecause because, bool was_transient) {
    if (because == StoppedBecause::FromSnapshot) {
        auto decide = [this, guest, was_transient] {
            reverting_.erase(guest);
            if (const auto* found = store_.find(guest); found && !is_running(guest))
                judge(guest,
                      verdict_on(GuestHappened::Stopped, static_cast<int>(StoppedBecause::FromSnapshot),
                                 found->record.wipe_on),
                      was_transient);
        };
        auto& timer = reverting_[guest];
        timer = std::make_unique<Timer>(loop_, std::move(decide));
        timer->arm(kRevertTakes);
        return;
    }
    judge(guest, verdict_on(GuestHappened::Stopped, static_cast<int>(because), store_.get(guest).record.wipe_on),
          was_transient);
    // A transient guest that was saved is no longer known to libvirt, but may be restored.
    if (because == StoppedBecause::Saved && !seen_.contains(guest))
        expect_again(guest);
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
        record.expected_until = now_in_seconds() + record.expected_within;
    });
}

GuestState Lifecycle::state_of(GuestId guest) const {
    if (!listening_)
        return GuestState::Unknown;
    if (is_running(guest))
        return GuestState::Running;
    return seen_.contains(guest) ? GuestState::Present : GuestState::Expected;
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
