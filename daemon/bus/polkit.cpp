// SPDX-License-Identifier: LGPL-2.1-or-later
#include "bus/polkit.h"

#include <algorithm>
#include <cstring>

namespace guestkeyd {

namespace {

constexpr const char* kService = "org.freedesktop.PolicyKit1";
constexpr const char* kPath = "/org/freedesktop/PolicyKit1/Authority";
constexpr const char* kInterface = "org.freedesktop.PolicyKit1.Authority";
constexpr std::uint32_t kAllowUserInteraction = 1;

bool is_interactive(sd_bus_message* message) {
    return sd_bus_message_get_allow_interactive_authorization(message) > 0;
}

Failure denied(sd_bus_message* message) {
    return {ErrorCode::AccessDenied,
            std::string("you may not call ") + sd_bus_message_get_member(message) +
                " of guestkeyd with these arguments; the administrator can allow it by a polkit rule"};
}

// Reads (b is_authorized, b is_challenge, a{ss} details).
std::optional<Failure> verdict(sd_bus_message* answer, sd_bus_message* message) {
    int authorized = 0;
    int challenge = 0;
    if (sd_bus_message_is_method_error(answer, nullptr) > 0 ||
        sd_bus_message_enter_container(answer, 'r', "bba{ss}") <= 0 ||
        sd_bus_message_read(answer, "bb", &authorized, &challenge) <= 0)
        return denied(message);
    if (authorized != 0)
        return std::nullopt;
    if (challenge != 0 && !is_interactive(message))
        return Failure(ErrorCode::InteractiveAuthorizationRequired,
                       std::string("calling ") + sd_bus_message_get_member(message) +
                           " of guestkeyd needs authentication; allow interactive authorization");
    return denied(message);
}

} // namespace

struct Polkit::Pending {
    Polkit& polkit;
    MessageRef message;
    Then then;
    std::string id; // names the question to polkit, to cancel it
    SlotRef call;
    TrackRef sender;
};

Polkit::Polkit(sd_bus* bus, PolkitLimits limits) : bus_(bus), limits_(limits) {}

Polkit::~Polkit() = default;

void Polkit::ask(MessageRef message, const PolkitQuestion& question, Then then) {
    const char* sender = sd_bus_message_get_sender(message.get());
    if (waiting_of(sender) >= limits_.calls_per_caller)
        throw Failure(ErrorCode::LimitsExceeded,
                      "too many of your calls wait for authorization; wait for their answers");
    pending_.push_back({*this, std::move(message), std::move(then), "guestkeyd-" + std::to_string(++asked_), {}, {}});
    auto& pending = pending_.back();
    sd_bus_track* track = nullptr;
    sd_bus_slot* slot = nullptr;
    const auto call = make_call(pending, question);
    const auto timeout = std::chrono::microseconds(limits_.timeout).count();
    int result = sd_bus_track_new(bus_, &track, &Polkit::on_sender_gone, &pending);
    pending.sender.reset(track);
    if (result >= 0)
        result = sd_bus_track_add_name(track, sender);
    if (result >= 0)
        result = sd_bus_call_async(bus_, &slot, call.get(), &Polkit::on_answer, &pending,
                                   static_cast<std::uint64_t>(timeout));
    pending.call.reset(slot);
    if (result < 0) {
        const auto failure = denied(pending.message.get());
        drop(&pending);
        throw failure;
    }
}

MessageRef Polkit::make_call(const Pending& pending, const PolkitQuestion& question) const {
    auto* message = pending.message.get();
    sd_bus_message* raw = nullptr;
    check_errno(sd_bus_message_new_method_call(bus_, &raw, kService, kPath, kInterface, "CheckAuthorization"),
                "ask polkit");
    MessageRef call(raw);
    check_errno(sd_bus_message_append(raw, "(sa{sv})s", "system-bus-name", 1, "name", "s",
                                      sd_bus_message_get_sender(message), question.action.c_str()),
                "ask polkit");
    check_errno(sd_bus_message_open_container(raw, 'a', "{ss}"), "ask polkit");
    for (const auto& [name, value] : question.details)
        check_errno(sd_bus_message_append(raw, "{ss}", name.c_str(), value.c_str()), "ask polkit");
    check_errno(sd_bus_message_close_container(raw), "ask polkit");
    check_errno(
        sd_bus_message_append(raw, "us", is_interactive(message) ? kAllowUserInteraction : 0U, pending.id.c_str()),
        "ask polkit");
    return call;
}

std::size_t Polkit::waiting_of(const char* sender) const {
    return static_cast<std::size_t>(std::count_if(pending_.begin(), pending_.end(), [sender](const Pending& each) {
        return std::strcmp(sd_bus_message_get_sender(each.message.get()), sender) == 0;
    }));
}

void Polkit::drop(Pending* pending) {
    pending_.remove_if([pending](const Pending& each) { return &each == pending; });
}

int Polkit::on_answer(sd_bus_message* answer, void* user, sd_bus_error*) {
    auto* pending = static_cast<Pending*>(user);
    auto& polkit = pending->polkit;
    auto message = std::move(pending->message);
    const auto then = std::move(pending->then);
    // A question that polkit did not answer in time may still have its dialog on someone's screen.
    if (sd_bus_message_is_method_error(answer, SD_BUS_ERROR_NO_REPLY) > 0)
        polkit.cancel(*pending);
    const auto failure = verdict(answer, message.get());
    polkit.drop(pending);
    then(std::move(message), failure);
    return 0;
}

int Polkit::on_sender_gone(sd_bus_track*, void* user) {
    auto* pending = static_cast<Pending*>(user);
    auto& polkit = pending->polkit;
    polkit.cancel(*pending);
    polkit.drop(pending);
    return 0;
}

void Polkit::cancel(const Pending& pending) {
    sd_bus_call_method_async(bus_, nullptr, kService, kPath, kInterface, "CancelCheckAuthorization", nullptr, nullptr,
                             "s", pending.id.c_str());
}

} // namespace guestkeyd
