// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/event_printer.h"

#include "cli/text.h"

#include <array>
#include <iostream>
#include <sstream>

namespace guestkeyd::cli {

namespace {

// For people, with the time of day to the millisecond.
std::string timestamp(Time now) {
    const auto seconds = std::chrono::floor<std::chrono::seconds>(now);
    const auto clock = static_cast<std::time_t>(seconds.time_since_epoch().count());
    const auto milliseconds = std::chrono::duration_cast<std::chrono::milliseconds>(now - seconds).count();
    std::tm fields{};
    localtime_r(&clock, &fields);
    std::array<char, 32> text{};
    std::strftime(text.data(), text.size(), "%F %T", &fields);
    const auto digits = std::to_string(1000 + milliseconds).substr(1);
    return std::string(text.data()) + "." + digits;
}

std::string describe(const GuestChange& change) {
    std::string text;
    if (change.name)
        text += ", name " + printable(*change.name);
    if (change.state)
        text += ", state " + std::string(state_name(*change.state));
    if (change.volumes)
        text += ", " + counted(change.volumes->size(), "volume");
    if (change.last_used)
        text += ", keys used";
    if (change.lease_expires)
        text += ", lease until " + human_time(change.lease_expires, "");
    if (change.generation)
        text += ", generation " + std::to_string(*change.generation);
    if (change.wipe_on)
        text += ", keys wiped on " + printable(*change.wipe_on);
    return text;
}

// Events name their guest "guest", where a list of guests says "uuid".
JsonValue json_of_added(const Guest& guest) {
    JsonValue json{{"guest", guest.id.str()}};
    json.update(json_of(guest));
    json.erase("uuid");
    return json;
}

JsonValue json_of_change(const GuestChange& change) {
    JsonValue json{{"guest", change.guest.str()}};
    if (change.name)
        json["name"] = *change.name;
    if (change.state)
        json["state"] = state_name(*change.state);
    if (change.volumes)
        for (json["volumes"] = JsonValue::array(); const auto& volume : *change.volumes)
            json["volumes"].push_back(json_of(volume));
    if (change.last_used)
        json["last_used"] = json_of(change.last_used);
    if (change.lease_expires)
        json["lease_expires"] = json_of(change.lease_expires);
    if (change.generation)
        json["generation"] = *change.generation;
    if (change.wipe_on)
        json["wipe_on"] = *change.wipe_on;
    return json;
}

std::string describe(const StatusChange& change) {
    std::string text;
    if (change.guests)
        text += ", " + counted(*change.guests, "guest");
    if (change.keys)
        text += ", " + counted(*change.keys, "key");
    if (change.libvirt_connected)
        text += *change.libvirt_connected ? ", libvirt connected" : ", libvirt not connected";
    return text;
}

JsonValue json_of_change(const StatusChange& change) {
    auto json = JsonValue::object();
    if (change.guests)
        json["guests"] = *change.guests;
    if (change.keys)
        json["keys"] = *change.keys;
    if (change.libvirt_connected)
        json["libvirt_connected"] = *change.libvirt_connected;
    return json;
}

std::string list_of(const std::vector<VolumeId>& volumes) {
    std::string text;
    for (const auto& volume : volumes)
        text += (text.empty() ? "" : " ") + volume.str();
    return text;
}

} // namespace

Events EventPrinter::events() {
    Events events;
    events.guest_added = [this](const Guest& guest) { guest_added(guest); };
    events.guest_removed = [this](const GuestId& guest) { guest_removed(guest); };
    events.guest_changed = [this](const GuestChange& change) { guest_changed(change); };
    events.status_changed = [this](const StatusChange& change) { status_changed(change); };
    events.keys_needed = [this](const NeededKeys& needed) { keys_needed(needed); };
    events.keys_purged = [this](const PurgedKeys& purged) { keys_purged(purged); };
    events.keys_used = [this](const UsedKeys& used) { keys_used(used); };
    events.agent_started = [this] { print("agent-started", "guestkeyd started", JsonValue::object()); };
    events.agent_stopped = [this] { print("agent-stopped", "guestkeyd stopped", JsonValue::object()); };
    return events;
}

void EventPrinter::know(const Status& status, const std::vector<Guest>& guests) {
    known_.news_of(StatusChange{status.guests, status.keys, status.libvirt_connected});
    for (const auto& guest : guests)
        known_.learn(guest);
}

void EventPrinter::guest_added(const Guest& guest) {
    known_.learn(guest);
    print("guest-added",
          "guest " + human_guest(guest) + " added, state " + std::string(state_name(guest.state)) + ", " +
              counted(guest.volumes.size(), "volume"),
          json_of_added(guest));
}

void EventPrinter::guest_removed(const GuestId& guest) {
    print("guest-removed", "guest " + title_of(guest) + " removed", {{"guest", guest.str()}});
    known_.forget(guest);
}

void EventPrinter::guest_changed(const GuestChange& change) {
    const auto news = known_.news_of(change);
    print("guest-changed", "guest " + title_of(news.guest) + " changed" + describe(news), json_of_change(news));
}

void EventPrinter::status_changed(const StatusChange& change) {
    const auto news = known_.news_of(change);
    const auto json = json_of_change(news);
    if (!json.empty())
        print("status-changed", "status changed" + describe(news), json);
}

void EventPrinter::keys_needed(const NeededKeys& needed) {
    std::string list;
    for (const auto& each : needed.missing)
        list += (list.empty() ? "" : " ") + printable(each);
    print("keys-needed",
          "guest " + title_of(needed.guest) + " needs " + counted(needed.missing.size(), "key") + " to " +
              printable(needed.reason) + ": " + list,
          {{"guest", needed.guest.str()}, {"volumes", needed.missing}, {"reason", needed.reason}});
}

void EventPrinter::keys_purged(const PurgedKeys& purged) {
    print("keys-purged",
          "guest " + title_of(purged.guest) + " lost " + counted(purged.volumes.size(), "key") + " (" +
              printable(purged.reason) + "): " + list_of(purged.volumes),
          {{"guest", purged.guest.str()}, {"volumes", json_of(purged.volumes)}, {"reason", purged.reason}});
}

void EventPrinter::keys_used(const UsedKeys& used) {
    print("keys-used",
          "guest " + title_of(used.guest) + ": " + printable(used.action) + " " + printable(used.result) + ": " +
              printable(used.message),
          {{"guest", used.guest.str()},
           {"volumes", json_of(used.volumes)},
           {"action", used.action},
           {"result", used.result},
           {"message", used.message}});
}

void EventPrinter::print(const char* event, const std::string& text, const JsonValue& details) {
    const auto now = std::chrono::floor<std::chrono::microseconds>(std::chrono::system_clock::now());
    if (mode_ == Json::Off) {
        std::cout << timestamp(now) << ' ' << text << std::endl;
        return;
    }
    JsonValue json{{"time", json_of(std::optional(now))}, {"event", event}};
    json.update(details);
    print_json(json, mode_);
}

std::string EventPrinter::title_of(const GuestId& guest) const {
    return human_guest(guest, known_.name_of(guest));
}

} // namespace guestkeyd::cli
