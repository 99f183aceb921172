// SPDX-License-Identifier: LGPL-2.1-or-later
#include "host/key_model.h"

#include <algorithm>

namespace guestkeyd::test {

namespace {

using namespace std::chrono_literals;

bool wipes(End end, bool transient, const std::string& wipe_on) {
    switch (end) {
    case End::Destroyed:
        return transient || wipe_on != "undefined";
    case End::Stopped:
        return transient || wipe_on == "stopped";
    case End::Saved:
        return false;
    case End::Undefined:
        return true;
    }
    return false;
}

std::vector<std::string> payloads(const std::map<std::string, std::string>& keys) {
    std::vector<std::string> sorted;
    sorted.reserve(keys.size());
    for (const auto& [volume, payload] : keys)
        sorted.push_back(payload);
    std::sort(sorted.begin(), sorted.end());
    return sorted;
}

} // namespace

// A lease counts from the end of the second that it began in, and its end is seen to within another.
LeaseEnd lease_end(LeaseEnd::Time sent, std::chrono::seconds lease) {
    return {sent + lease, std::chrono::steady_clock::now() + lease + 3s};
}

void KeyModel::change(const std::function<Keys(Keys)>& by, Happened happened) {
    const auto before = possible_now();
    auto after = happened == Happened::Perhaps ? before : std::set<Keys>{};
    for (const auto& each : before) {
        const auto changed = by(each);
        after.insert(changed.by_volume.empty() ? Keys{} : changed); // with its last key a guest is forgotten
    }
    possible_ = std::move(after);
}

void KeyModel::push(const Push& push, Happened happened) {
    change(
        [&](Keys keys) {
            if (push.generation && *push.generation < keys.generation)
                return keys;
            if (push.exclusive)
                keys.by_volume.clear();
            for (const auto& [volume, payload] : push.keys)
                keys.by_volume[volume] = payload;
            keys.generation = push.generation.value_or(keys.generation);
            if (!push.wipe_on.empty())
                keys.wipe_on = push.wipe_on;
            if (push.lease_end)
                keys.lease_end = push.lease_end;
            return keys;
        },
        happened);
}

void KeyModel::detach(const std::string& volume, Happened happened) {
    change(
        [&](Keys keys) {
            keys.by_volume.erase(volume);
            return keys;
        },
        happened);
}

void KeyModel::purge(Happened happened) {
    change([](const Keys&) { return Keys{}; }, happened);
}

void KeyModel::renew(LeaseEnd lease_end, Happened happened) {
    change(
        [&](Keys keys) {
            keys.lease_end = lease_end;
            return keys;
        },
        happened);
}

void KeyModel::ends(End end, bool transient, Happened happened) {
    change([&](const Keys& keys) { return wipes(end, transient, keys.wipe_on) ? Keys{} : keys; }, happened);
}

std::set<KeyModel::Keys> KeyModel::possible_now() const {
    const auto now = std::chrono::steady_clock::now();
    std::set<Keys> possible;
    for (const auto& each : possible_) {
        if (each.lease_end && now > each.lease_end->from)
            possible.insert(Keys{});
        if (!each.lease_end || now < each.lease_end->to)
            possible.insert(each);
    }
    return possible;
}

bool KeyModel::sees(const std::vector<std::string>& held) {
    auto left = possible_now();
    std::erase_if(left, [&](const Keys& each) { return payloads(each.by_volume) != held; });
    if (left.empty())
        return false;
    possible_ = std::move(left);
    return true;
}

std::optional<bool> KeyModel::has(const std::string& volume) const {
    const auto possible = possible_now();
    const auto has_it = [&](const Keys& each) { return each.by_volume.contains(volume); };
    if (std::all_of(possible.begin(), possible.end(), has_it))
        return true;
    return std::none_of(possible.begin(), possible.end(), has_it) ? std::optional(false) : std::nullopt;
}

std::optional<std::uint64_t> KeyModel::generation() const {
    const auto possible = possible_now();
    const auto first = possible.begin()->generation;
    const bool same =
        std::all_of(possible.begin(), possible.end(), [first](const Keys& each) { return each.generation == first; });
    return same ? std::optional(first) : std::nullopt;
}

bool KeyModel::surely_some() const {
    const auto possible = possible_now();
    return std::none_of(possible.begin(), possible.end(), [](const Keys& each) { return each.by_volume.empty(); });
}

std::string KeyModel::text() const {
    std::string text;
    for (const auto& each : possible_) {
        text += text.empty() ? "{" : " or {";
        for (const auto& payload : payloads(each.by_volume))
            text += " " + payload;
        text += " }";
    }
    return text;
}

} // namespace guestkeyd::test
