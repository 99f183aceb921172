// SPDX-License-Identifier: LGPL-2.1-or-later
#include "agent_call.h"

#include "base/error.h"

#include <memory>
#include <optional>
#include <string_view>
#include <systemd/sd-bus.h>

namespace guestkeyd {

namespace {

using namespace std::chrono_literals;

constexpr auto kAgent = "org.guestkeyd1";
constexpr auto kBus = "org.freedesktop.DBus";

template <auto Function> struct Release {
    template <typename T> void operator()(T* object) const { Function(object); }
};
// Closed without flushing: that would wait for the bus without end.
using Bus = std::unique_ptr<sd_bus, Release<sd_bus_close_unref>>;
using Message = std::unique_ptr<sd_bus_message, Release<sd_bus_message_unref>>;

// Lets the connection work until done, or false when the deadline has passed.
template <typename Done> bool run_until(sd_bus* bus, const Deadline& deadline, Done done) {
    while (!done()) {
        if (deadline.passed())
            return false;
        if (check_errno(sd_bus_process(bus, nullptr), "talk to the system bus") == 0 && !done())
            check_errno(sd_bus_wait(bus, static_cast<std::uint64_t>(deadline.remaining().count())),
                        "wait for the system bus");
    }
    return true;
}

// A connection on which the bus has said hello. Until then libsystemd would wait in sd_bus_call(3) and even in
// sd_bus_send(3) as long as the bus likes to take.
Bus open_bus(const Deadline& deadline) {
    sd_bus* raw = nullptr;
    check_errno(sd_bus_open_system(&raw), "connect to the system bus");
    Bus bus(raw);
    if (!run_until(raw, deadline, [raw] { return sd_bus_is_ready(raw) > 0; }))
        throw Failure(ErrorCode::Internal, "the system bus does not answer");
    return bus;
}

Message guest_hook(sd_bus* bus, const HookReport& report) {
    sd_bus_message* raw = nullptr;
    check_errno(
        sd_bus_message_new_method_call(bus, &raw, kAgent, "/org/guestkeyd1", "org.guestkeyd1.Manager", "GuestHook"),
        "make a D-Bus message");
    Message message(raw);
    check_errno(sd_bus_message_append(raw, "ssssh", report.guest.c_str(), report.operation.c_str(),
                                      report.sub_operation.c_str(), report.extra.c_str(), report.domain_xml.get()),
                "make a D-Bus message");
    return message;
}

AgentAnswer no_answer(std::string text) {
    return {AgentAnswer::Kind::NoAnswer, std::move(text)};
}

// What comes from the bus itself, or from libsystemd in its name, is not the agent's word.
bool from_the_bus(sd_bus_message* reply) {
    const char* sender = sd_bus_message_get_sender(reply);
    return !sender || std::string_view(sender).starts_with(kBus);
}

AgentAnswer read_answer(sd_bus_message* reply) {
    const sd_bus_error* error = sd_bus_message_get_error(reply);
    if (!error)
        return {AgentAnswer::Kind::Accepted, {}};
    std::string text = error->message && *error->message ? error->message : error->name;
    if (!from_the_bus(reply))
        return {AgentAnswer::Kind::Refused, std::move(text)};
    if (sd_bus_error_has_name(error, SD_BUS_ERROR_SERVICE_UNKNOWN) ||
        sd_bus_error_has_name(error, SD_BUS_ERROR_NAME_HAS_NO_OWNER))
        return {AgentAnswer::Kind::NotRunning, {}};
    return no_answer(std::move(text));
}

// A call that was sent, and must not outlive the connection.
class Pending {
  public:
    Pending(sd_bus* bus, sd_bus_message* message) : bus_(bus) {
        // The timeout of the call is left longer than any deadline, which so has the last word.
        check_errno(sd_bus_call_async(bus, nullptr, message, &on_reply, &answer_, UINT64_MAX), "call guestkeyd");
    }
    Pending(const Pending&) = delete;
    Pending& operator=(const Pending&) = delete;

    // Whether there was an answer before the deadline.
    bool wait(const Deadline& deadline) {
        return run_until(bus_, deadline, [this] { return answer_.has_value(); });
    }
    [[nodiscard]] AgentAnswer answer() const { return answer_.value_or(no_answer("no answer in time")); }

  private:
    static int on_reply(sd_bus_message* reply, void* answer, sd_bus_error*) {
        *static_cast<std::optional<AgentAnswer>*>(answer) = read_answer(reply);
        return 1;
    }

    sd_bus* bus_;
    std::optional<AgentAnswer> answer_;
};

Message ping(sd_bus* bus) {
    sd_bus_message* raw = nullptr;
    check_errno(sd_bus_message_new_method_call(bus, &raw, kAgent, "/", "org.freedesktop.DBus.Peer", "Ping"),
                "make a D-Bus message");
    Message message(raw);
    check_errno(sd_bus_message_set_auto_start(raw, 0), "make a D-Bus message");
    return message;
}

bool lives(sd_bus* bus) {
    Pending sign(bus, ping(bus).get());
    return sign.wait(Deadline(2s)) && sign.answer().kind == AgentAnswer::Kind::Accepted;
}

} // namespace

AgentAnswer ask_agent(const HookReport& report, const Deadline& deadline, const Deadline& longest) {
    try {
        const auto bus = open_bus(deadline);
        Pending asked(bus.get(), guest_hook(bus.get(), report).get());
        for (auto patience = deadline; !asked.wait(patience) && !longest.passed() && lives(bus.get());)
            patience = Deadline(1s);
        return asked.answer();
    } catch (const Failure& failure) {
        return no_answer(failure.message());
    }
}

void tell_agent(const HookReport& report, const Deadline& deadline) {
    const auto bus = open_bus(deadline);
    const auto message = guest_hook(bus.get(), report);
    check_errno(sd_bus_message_set_expect_reply(message.get(), 0), "make a D-Bus message");
    check_errno(sd_bus_message_set_auto_start(message.get(), 0), "make a D-Bus message");
    check_errno(sd_bus_send(bus.get(), message.get(), nullptr), "send a D-Bus message");
    // The agent asks the bus who sent a message, and the bus knows that only while the sender is connected. Messages
    // keep their order, so the answer to a second one, which the agent gives at once, shows that it has seen the first.
    Pending(bus.get(), ping(bus.get()).get()).wait(deadline);
}

} // namespace guestkeyd
