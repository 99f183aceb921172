// SPDX-License-Identifier: LGPL-2.1-or-later
#include "agent/mappings.h"

#include "agent/mapping_rules.h"
#include "loop/alarm.h"

#include <algorithm>
#include <utility>

namespace guestkeyd {

namespace {

bool contains(const std::vector<VolumeId>& volumes, VolumeId volume) {
    return std::find(volumes.begin(), volumes.end(), volume) != volumes.end();
}

// Collects the answers about several mappings into one.
struct Outcome {
    std::size_t expected;
    std::optional<Failure> failure{};
};

} // namespace

Mappings::Mappings(EventLoop& loop, KernelKeyring& keyring, KeyStore& store, const KeyLog& log,
                   MappingSettings settings, std::function<GuestState(GuestId)> state_of)
    : store_(store), tools_{loop, keyring, log, std::move(settings.worker), settings.grace},
      interval_(settings.interval), state_of_(std::move(state_of)), next_look_(loop, [this] { close_left_over(); }) {
    find_kept();
    next_look_.arm(interval_);
}

void Mappings::find_kept() {
    tools_.keyring.for_each([this](const FoundKey& found) {
        if (found.health == KeyHealth::Dead || !is_mapping_description(found.description))
            return;
        if (auto record = decode_mapping(found.description, tools_.keyring.read(found.key).view())) {
            auto name = record->name;
            auto closed = drop(name);
            mappings_.emplace(name, std::make_unique<Mapping>(tools_, std::move(*record), found.key, closed));
        }
    });
}

// It is called by the mapping itself.
std::function<void()> Mappings::drop(const std::string& name) {
    return [this, name] {
        tools_.loop.post([this, name] {
            const auto found = mappings_.find(name);
            if (found == mappings_.end() || !found->second->idle())
                return;
            found->second->forget();
            mappings_.erase(found);
        });
    };
}

Mapping& Mappings::mapping_of(const Guest& guest, const AttachedVolume& volume) {
    const auto& mapped = *volume.attributes.mapped;
    const auto known = mappings_.find(mapped.name);
    if (known == mappings_.end()) {
        refuse_foreign_mapping(mapped.name, volume.volume);
        const MappingRecord record{mapped.name, guest.id, volume.volume, mapped.device, now_in_seconds(), false};
        return *mappings_.emplace(mapped.name, std::make_unique<Mapping>(tools_, record, drop(mapped.name)))
                    .first->second;
    }
    const auto& record = known->second->record();
    if (record.guest != guest.id || record.volume != volume.volume || record.device != mapped.device)
        throw Failure(ErrorCode::Busy, "the mapping " + quoted(mapped.name) + " is still open for " + record.device +
                                           "; wait until it is closed, and start the guest again");
    return *known->second;
}

void Mappings::open(GuestId id, const Done& done) {
    const auto* guest = store_.find(id);
    std::vector<const AttachedVolume*> volumes;
    if (guest)
        for (const auto& volume : guest->volumes)
            if (volume.attributes.mapped)
                volumes.push_back(&volume);
    if (volumes.empty())
        return done(std::nullopt);
    const auto outcome = std::make_shared<Outcome>(Outcome{volumes.size()});
    const auto answer = [this, id, outcome, done](const std::optional<Failure>& failure) {
        if (failure && !outcome->failure)
            outcome->failure = failure;
        if (--outcome->expected > 0)
            return;
        if (outcome->failure)
            close(id);
        done(outcome->failure);
    };
    for (const auto* volume : volumes) {
        try {
            mapping_of(*guest, *volume).open(store_.read(*volume), answer);
        } catch (const Failure& failure) {
            tools_.loop.post([answer, failure] { answer(failure); });
        }
    }
    store_.note_given_out(id, true);
}

void Mappings::for_each(const std::function<bool(const MappingRecord&)>& picked,
                        const std::function<void(Mapping&)>& act) {
    for (const auto& [name, mapping] : mappings_)
        if (picked(mapping->record()))
            act(*mapping);
}

void Mappings::close(GuestId guest) {
    for_each([guest](const MappingRecord& record) { return record.guest == guest; },
             [](Mapping& mapping) { mapping.close(); });
}

void Mappings::close_left_over() {
    const auto now = now_in_seconds();
    for_each([&](const MappingRecord& record) { return is_left_over(record, state_of_(record.guest), now); },
             [](Mapping& mapping) {
                 if (mapping.idle())
                     mapping.close();
             });
    next_look_.arm(interval_);
}

void Mappings::keys_came(GuestId id, const std::vector<VolumeId>& volumes) {
    const auto* guest = store_.find(id);
    if (!guest || has_stopped(state_of_(id)))
        return;
    for_each(
        [&](const MappingRecord& record) {
            return record.guest == id && record.suspended && contains(volumes, record.volume);
        },
        [&](Mapping& mapping) { mapping.open(store_.read(*guest->find(mapping.record().volume)), nullptr); });
}

void Mappings::keys_went(GuestId guest, const std::vector<VolumeId>& volumes) {
    if (!has_stopped(state_of_(guest)))
        return;
    for_each([&](const MappingRecord& record) { return record.guest == guest && contains(volumes, record.volume); },
             [](Mapping& mapping) { mapping.close(); });
}

void Mappings::suspend(GuestId guest, const std::vector<VolumeId>& volumes) {
    if (has_stopped(state_of_(guest)))
        return;
    for_each([&](const MappingRecord& record) { return record.guest == guest && contains(volumes, record.volume); },
             [](Mapping& mapping) { mapping.suspend(); });
}

void Mappings::suspend(GuestId guest) {
    if (!has_stopped(state_of_(guest)))
        for_each([guest](const MappingRecord& record) { return record.guest == guest; },
                 [](Mapping& mapping) { mapping.suspend(); });
}

void Mappings::suspend_all() {
    for_each([this](const MappingRecord& record) { return !has_stopped(state_of_(record.guest)); },
             [](Mapping& mapping) { mapping.suspend(); });
}

} // namespace guestkeyd
