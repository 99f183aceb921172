// SPDX-License-Identifier: LGPL-2.1-or-later
#include "guestkey/guests.h"

#include "base/error.h"
#include "domainxml/domain_xml.h"

#include <algorithm>
#include <chrono>
#include <thread>

namespace guestkeyd::guestkey {

namespace {

constexpr std::chrono::seconds kPatience(10);
constexpr std::chrono::milliseconds kBetweenLooks(100);

bool has_keys(Client& agent, const GuestId& guest) {
    const auto guests = agent.guests();
    return std::any_of(guests.begin(), guests.end(), [&](const Guest& each) { return each.id == guest; });
}

} // namespace

keydb::GuestRecord require_guest(keydb::KeyDatabase& database, const std::string& guest) {
    std::vector<keydb::GuestRecord> found;
    for (auto& each : database.guests())
        if (each.name == guest || each.id.str() == guest)
            found.push_back(std::move(each));
    if (found.empty())
        throw Failure(ErrorCode::NoSuchGuest, "the key database knows no guest " + quoted(guest) +
                                                  "; see guestkey guest list, or guestkey guest setup");
    if (found.size() > 1)
        throw Failure(ErrorCode::InvalidArgs, "several guests are called " + quoted(guest) + "; give the UUID");
    return found.front();
}

GuestNeeds needs_of(keydb::KeyDatabase& database, const std::string& domain_xml) {
    const auto summary = parse_domain_xml(domain_xml);
    GuestNeeds needs{summary.guest, summary.name, {}};
    std::string unknown;
    for (const auto& secret : summary.secrets) {
        const auto volume = secret.uuid ? database.find_volume(*secret.uuid) : std::nullopt;
        if (volume && !volume->forgotten && volume->ready)
            needs.volumes.push_back(volume->id);
        else
            unknown += (unknown.empty() ? "" : ", ") + secret.str();
    }
    if (!unknown.empty())
        throw Failure(ErrorCode::NoSuchVolume, "guest " + quoted(summary.name) +
                                                   " uses volumes that the key database "
                                                   "has no key of: " +
                                                   unknown +
                                                   "; make them with guestkey volume create, or bring their keys with "
                                                   "guestkey volume import");
    return needs;
}

void push_keys(keydb::KeyDatabase& database, const keydb::GuestRecord& guest, Client& agent) {
    if (guest.volumes.empty())
        return;
    constexpr std::size_t kLongestKey = 4096 + 1;
    AttachRequest request{guest.id};
    SecretBuffer keys(guest.volumes.size() * kLongestKey);
    for (const auto& volume : guest.volumes) {
        request.volumes.push_back({volume});
        keys.append(database.key(volume, keydb::KeyState::Current).view());
        keys.append("\n");
    }
    request.name = guest.name;
    request.exclusive = true;
    request.generation = static_cast<std::uint64_t>(database.next_generation(guest.id));
    agent.attach(request, keys);
}

void wipe_keys(Client& agent, const GuestId& guest) {
    try {
        agent.purge(guest);
    } catch (const Failure& failure) {
        if (failure.code() != ErrorCode::NoSuchGuest)
            throw;
    }
}

void see_keys_wiped(Client& agent, const GuestId& guest) {
    const auto deadline = std::chrono::steady_clock::now() + kPatience;
    while (has_keys(agent, guest)) {
        if (std::chrono::steady_clock::now() >= deadline) {
            wipe_keys(agent, guest);
            return;
        }
        std::this_thread::sleep_for(kBetweenLooks);
    }
}

} // namespace guestkeyd::guestkey
