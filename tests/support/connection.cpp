// SPDX-License-Identifier: LGPL-2.1-or-later
#include "support/connection.h"

#include "support/acting_as.h"
#include "support/message_text.h"

#include <ostream>

namespace guestkeyd::test {

namespace {

constexpr std::uint64_t kPatienceUsec = std::chrono::microseconds(kPatience).count();

Answer answer_of(sd_bus_message* reply) {
    if (const auto* error = sd_bus_message_get_error(reply))
        return {error->name, error->message ? error->message : "", {}};
    return {{}, {}, text_of(reply)};
}

Bus connect(const std::string& address) {
    sd_bus* raw = nullptr;
    check_errno(sd_bus_new(&raw), "make a bus connection");
    Bus bus(raw);
    check_errno(sd_bus_set_address(raw, address.c_str()), "set the bus address");
    check_errno(sd_bus_set_bus_client(raw, 1), "become a client of a bus");
    check_errno(sd_bus_start(raw), "connect to the bus");
    const char* name = nullptr;
    check_errno(sd_bus_get_unique_name(raw, &name), "greet the bus");
    return bus;
}

Call bus_call(const Connection& connection, const char* method, const std::string& argument) {
    Call call(connection, {"/org/freedesktop/DBus", "org.freedesktop.DBus", method}, "org.freedesktop.DBus");
    call.with("s", argument.c_str());
    return call;
}

} // namespace

std::ostream& operator<<(std::ostream& stream, const Answer& answer) {
    if (answer.ok())
        return stream << "answer: " << answer.text;
    return stream << answer.error << ": " << answer.message;
}

Connection::Connection(const std::string& address) : bus_(connect(address)) {}

Connection Connection::as(const std::string& user, const std::string& address) {
    const ActingAs acting(user);
    return Connection(address);
}

std::string Connection::unique_name() const {
    const char* name = nullptr;
    check_errno(sd_bus_get_unique_name(raw(), &name), "ask for our name on the bus");
    return name;
}

std::string Connection::owner_of(const std::string& name) const {
    const auto answer = bus_call(*this, "GetNameOwner", name).answer();
    return answer.ok() ? answer.text.substr(1, answer.text.size() - 2) : "";
}

pid_t Connection::process_of(const std::string& name) const {
    const auto answer = bus_call(*this, "GetConnectionUnixProcessID", name).answer();
    return answer.ok() ? std::stoi(answer.text) : -1;
}

bool Connection::process_until(const std::function<bool()>& condition, std::chrono::milliseconds patience) const {
    const auto deadline = std::chrono::steady_clock::now() + patience;
    constexpr std::uint64_t kTurnUsec = 5000;
    while (!condition()) {
        if (std::chrono::steady_clock::now() >= deadline)
            return false;
        if (check_errno(sd_bus_process(raw(), nullptr), "process the bus") == 0)
            check_errno(sd_bus_wait(raw(), kTurnUsec), "wait for the bus");
    }
    return true;
}

bool Pending::answered() const {
    while (check_errno(sd_bus_process(connection_.raw(), nullptr), "process the bus") > 0)
        ;
    return answer_->has_value();
}

Answer Pending::wait() const {
    if (!connection_.process_until([this] { return answer_->has_value(); }))
        throw Failure(ErrorCode::Internal, "a call was not answered in time");
    return **answer_;
}

Call::Call(const Connection& connection, const Member& member, const char* destination) : connection_(connection) {
    sd_bus_message* raw = nullptr;
    const char* interface = member.interface.empty() ? nullptr : member.interface.c_str();
    check_errno(sd_bus_message_new_method_call(connection.raw(), &raw, destination, member.path.c_str(), interface,
                                               member.name.c_str()),
                "make a message");
    message_.reset(raw);
}

Call& Call::interactive() {
    check_errno(sd_bus_message_set_allow_interactive_authorization(raw(), 1), "allow interactive authorization");
    return *this;
}

Answer Call::answer() const {
    sd_bus_error error = SD_BUS_ERROR_NULL;
    sd_bus_message* reply = nullptr;
    const int result = sd_bus_call(connection_.raw(), raw(), kPatienceUsec, &error, &reply);
    const Message owned(reply);
    const std::unique_ptr<sd_bus_error, void (*)(sd_bus_error*)> freed(&error, &sd_bus_error_free);
    if (result >= 0)
        return answer_of(reply);
    return {error.name ? error.name : "", error.message ? error.message : "", {}};
}

Pending Call::start() const {
    Pending pending(connection_);
    const auto take = [](sd_bus_message* reply, void* target, sd_bus_error*) {
        *static_cast<std::optional<Answer>*>(target) = answer_of(reply);
        return 0;
    };
    sd_bus_slot* slot = nullptr;
    check_errno(sd_bus_call_async(connection_.raw(), &slot, raw(), take, pending.answer_.get(), kPatienceUsec),
                "send a call");
    pending.slot_.reset(slot);
    check_errno(sd_bus_flush(connection_.raw()), "send a call");
    return pending;
}

void Call::send_without_reply() const {
    check_errno(sd_bus_message_set_expect_reply(raw(), 0), "expect no reply");
    check_errno(sd_bus_send(connection_.raw(), raw(), nullptr), "send a call");
    check_errno(sd_bus_flush(connection_.raw()), "send a call");
}

} // namespace guestkeyd::test
