// SPDX-License-Identifier: LGPL-2.1-or-later
#include "guestkey/guests.h"

#include "base/error.h"
#include "domainxml/domain_xml.h"
#include "guestkey/mapping.h"

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

// Each format has one that opens it.
void require_fit(const keydb::VolumeRecord& volume, bool mapped) {
    if (is_mapped(volume) != mapped)
        throw Failure(ErrorCode::InvalidArgs, "the domain XML has volume " + volume.id.str() + " as a " +
                                                  (mapped ? "mapped device, but QEMU opens it"
                                                          : "secret for QEMU, but "
                                                            "the host opens it") +
                                                  "; in the domain XML " + in_domain_xml(volume));
    if (mapped && volume.place.path.empty())
        throw Failure(ErrorCode::InvalidArgs, "volume " + volume.id.str() +
                                                  " cannot be opened by the host, as it is known by its pool; import "
                                                  "it by the path of its block device");
}

// How the agent is to use the key.
Volume delivery_of(const keydb::VolumeRecord& volume) {
    if (!is_mapped(volume))
        return {volume.id};
    return {volume.id, "dm-crypt", "", "", volume.place.path, mapping_of(volume.id)};
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
    const auto take = [&](const std::optional<VolumeId>& id, bool mapped, const std::string& called) {
        const auto volume = id ? database.find_volume(*id) : std::nullopt;
        if (volume && !volume->forgotten && volume->ready) {
            require_fit(*volume, mapped);
            needs.volumes.push_back(volume->id);
        } else {
            unknown += (unknown.empty() ? "" : ", ") + called;
        }
    };
    for (const auto& secret : summary.secrets)
        take(secret.uuid, false, secret.str());
    for (const auto& device : block_devices_of(domain_xml))
        if (const auto id = volume_mapped_as(device))
            take(id, true, device);
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
        request.volumes.push_back(delivery_of(*database.find_volume(volume)));
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
