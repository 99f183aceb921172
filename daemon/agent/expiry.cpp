// SPDX-License-Identifier: LGPL-2.1-or-later
#include "agent/expiry.h"

#include "agent/key_log.h"

#include <algorithm>

namespace guestkeyd {

namespace {

// The last tenth of the lease, but no more than five minutes.
std::uint64_t warning_time(const GuestRecord& record) {
    constexpr std::uint64_t kMostSeconds = 300;
    return record.lease_ends - std::min(record.lease_length / 10, kMostSeconds);
}

} // namespace

Expiry::Expiry(EventLoop& loop, std::function<const Guest*(GuestId)> find,
               std::function<void(GuestId, PurgeReason)> wipe, const KeyLog& log)
    : alarm_(loop, [this] { on_time(); }), find_(std::move(find)), wipe_(std::move(wipe)), log_(log) {}

void Expiry::consider(const Guest& guest) {
    const auto time = next_time(guest);
    const auto known = times_.find(guest.id);
    if ((known == times_.end() ? 0 : known->second) == time)
        return;
    if (time == 0) {
        times_.erase(guest.id);
    } else {
        times_.insert_or_assign(guest.id, time);
        queue_[time].push_back(guest.id);
    }
    set_alarm();
}

void Expiry::forget(GuestId guest) {
    warned_.erase(guest);
    times_.erase(guest);
    if (times_.empty())
        queue_.clear();
    set_alarm();
}

std::uint64_t Expiry::next_time(const Guest& guest) const {
    if (guest.record.purging)
        return now_in_seconds() + 1;
    const auto& record = guest.record;
    std::uint64_t next = 0;
    const auto add = [&next](std::uint64_t time) { next = next == 0 ? time : std::min(next, time); };
    if (record.lease_ends != 0) {
        const auto warned = warned_.find(guest.id);
        add(warned != warned_.end() && warned->second == record.lease_ends ? record.lease_ends : warning_time(record));
    }
    if (guest.state == GuestState::Expected && record.expected_until != 0)
        add(record.expected_until);
    return next;
}

void Expiry::on_time() {
    const auto now = now_in_seconds();
    std::vector<GuestId> due;
    for (; !queue_.empty() && queue_.begin()->first <= now; queue_.erase(queue_.begin()))
        for (const auto& id : queue_.begin()->second)
            if (const auto known = times_.find(id); known != times_.end() && known->second == queue_.begin()->first) {
                due.push_back(id);
                times_.erase(known);
            }
    for (const auto& id : due) {
        if (const auto* guest = find_(id))
            act(*guest, now);
        if (const auto* guest = find_(id))
            consider(*guest);
    }
    set_alarm();
}

void Expiry::act(const Guest& guest, std::uint64_t now) {
    const auto& record = guest.record;
    if (record.purging) // the kernel would not let go of a key
        return wipe_(guest.id, PurgeReason::Requested);
    if (record.lease_ends != 0 && record.lease_ends <= now)
        return wipe_(guest.id, PurgeReason::LeaseEnded);
    if (record.lease_ends != 0 && warning_time(record) <= now && warned_[guest.id] != record.lease_ends) {
        warned_[guest.id] = record.lease_ends;
        log_.note({KeyAction::LeaseEnding,
                   KeyResult::Done,
                   guest.id,
                   {},
                   "the lease of " + guest.title() + " ends in " + std::to_string(record.lease_ends - now) +
                       " s and its keys with it; renew it with guestkeyctl renew"});
    }
    if (guest.state == GuestState::Expected && record.expected_until != 0 && record.expected_until <= now)
        wipe_(guest.id, PurgeReason::NeverCame);
}

void Expiry::set_alarm() {
    if (queue_.empty())
        alarm_.clear();
    else
        alarm_.set(queue_.begin()->first);
}

} // namespace guestkeyd
