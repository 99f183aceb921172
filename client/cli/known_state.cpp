// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/known_state.h"

namespace guestkeyd::cli {

namespace {

// Empties a part of a change that says what is known already, else makes it known.
template <typename Part, typename Known> void keep_news(std::optional<Part>& part, Known& known) {
    if (!part)
        return;
    if (known == *part)
        part.reset();
    else
        known = *part;
}

} // namespace

std::string KnownState::name_of(const GuestId& guest) const {
    const auto found = guests_.find(guest);
    return found == guests_.end() ? "" : found->second.name;
}

GuestChange KnownState::news_of(GuestChange change) {
    const auto found = guests_.find(change.guest);
    if (found == guests_.end())
        return change;
    auto& known = found->second;
    keep_news(change.name, known.name);
    keep_news(change.state, known.state);
    keep_news(change.volumes, known.volumes);
    keep_news(change.last_used, known.last_used);
    keep_news(change.lease_expires, known.lease_expires);
    keep_news(change.generation, known.generation);
    keep_news(change.wipe_on, known.wipe_on);
    return change;
}

StatusChange KnownState::news_of(StatusChange change) {
    keep_news(change.guests, status_.guests);
    keep_news(change.keys, status_.keys);
    keep_news(change.libvirt_connected, status_.libvirt_connected);
    keep_news(change.jobs, status_.jobs);
    return change;
}

} // namespace guestkeyd::cli
