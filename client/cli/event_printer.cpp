// SPDX-License-Identifier: LGPL-2.1-or-later
#include "cli/event_printer.h"

#include "cli/change_text.h"
#include "cli/job_text.h"
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

// Events name their guest "guest", where a list of guests says "uuid".
JsonValue json_of_added(const Guest& guest) {
    JsonValue json{{"guest", guest.id.str()}};
    json.update(json_of(guest));
    json.erase("uuid");
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
    events.job_added = [this](const Job& job) { job_added(job); };
    events.job_ended = [this](const EndedJob& job) { job_ended(job); };
    events.agent_started = [this] { print("agent-started", "guestkeyd started", JsonValue::object()); };
    events.agent_stopped = [this] { print("agent-stopped", "guestkeyd stopped", JsonValue::object()); };
    return events;
}

void EventPrinter::know(const Status& status, const std::vector<Guest>& guests) {
    known_.news_of(StatusChange{status.guests, status.keys, status.libvirt_connected, status.jobs});
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

void EventPrinter::job_added(const Job& job) {
    print("job-added",
          "job " + std::to_string(job.number) + " added: " + printable(job.operation) + " " + printable(job.volume),
          json_of(job));
}

void EventPrinter::job_ended(const EndedJob& job) {
    const auto why = job.failure ? ": " + printable(job.failure->message()) : "";
    print("job-ended", "job " + std::to_string(job.number) + " " + std::string(state_name(job.state)) + why,
          {{"job", job.number},
           {"state", state_name(job.state)},
           {"message", job.failure ? JsonValue(job.failure->message()) : JsonValue(nullptr)}});
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
