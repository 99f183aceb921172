// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "agent/guest_hook.h"
#include "loop/timer.h"

#include <memory>
#include <optional>
#include <vector>

namespace guestkeyd {

// One "prepare" under way: read the XML, find the keys, ask libvirt for the rest, let what is missing be brought,
// publish, open mappings, answer. Held by the callbacks it waits for, and by the hook while it waits for libvirt or
// keys.
class GuestHook::Prepare : public std::enable_shared_from_this<Prepare> {
  public:
    Prepare(GuestHook& hook, GuestId guest, StartFrom from, Done done);

    void start(const UniqueFd& xml);
    // Goes on if the keys that it waited for have come.
    void look_again();

    [[nodiscard]] GuestId guest() const { return guest_; }

    // Once libvirt takes secrets, for which it waits if need be, or if it does not take them soon enough.
    void find_keys();
    void refuse_for_now();

  private:
    void take(DomainSummary summary);
    void wait_for_keys(std::vector<SecretRef> missing);
    void publish();
    void open_mappings();
    void time_is_up();
    void finish(const std::optional<Failure>& failure);
    [[nodiscard]] Failure keys_missing(const std::vector<SecretRef>& missing) const;

    GuestHook& hook_;
    const GuestId guest_;
    const StartFrom from_;
    Done done_;
    Timer deadline_;
    Timer patience_; // with those who may bring keys
    std::optional<DomainSummary> summary_;
    SecretNeeds needs_;
    std::vector<SecretRef> missing_; // while it waits for keys
};

} // namespace guestkeyd
