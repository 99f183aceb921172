// SPDX-License-Identifier: LGPL-2.1-or-later
#include "support/signals.h"

#include "support/message_text.h"

#include <algorithm>

namespace guestkeyd::test {

Signals::Signals(const Connection& connection) : connection_(connection) {
    sd_bus_slot* slot = nullptr;
    check_errno(
        sd_bus_add_match(connection.raw(), &slot, "type='signal',sender='org.guestkeyd1'", &Signals::on_signal, this),
        "subscribe to signals");
    slot_.reset(slot);
}

int Signals::on_signal(sd_bus_message* message, void* self, sd_bus_error*) {
    static_cast<Signals*>(self)->received_.push_back(
        {sd_bus_message_get_path(message), sd_bus_message_get_member(message), text_of(message)});
    return 0;
}

ReceivedSignal Signals::next(const std::string& member) {
    auto found = received_.end();
    const auto there = [&] {
        found = std::find_if(received_.begin(), received_.end(),
                             [&](const ReceivedSignal& each) { return each.member == member; });
        return found != received_.end();
    };
    if (!connection_.process_until(there))
        throw Failure(ErrorCode::Internal, "the signal " + member + " did not come");
    auto signal = std::move(*found);
    received_.erase(found);
    return signal;
}

// The bus keeps the order of what it sends to one receiver, so the answer to a call comes after the signals before it.
const std::vector<ReceivedSignal>& Signals::so_far() {
    const Call ping(connection_, {"/", "org.freedesktop.DBus.Peer", "Ping"}, "org.freedesktop.DBus");
    (void)ping.start().wait();
    return received_;
}

} // namespace guestkeyd::test
