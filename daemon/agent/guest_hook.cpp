// SPDX-License-Identifier: LGPL-2.1-or-later
#include "agent/guest_hook.h"

#include "agent/guest_prepare.h"
#include "agent/secret_publisher.h"

namespace guestkeyd {

namespace {

using namespace std::chrono_literals;

// Between "migrate" and "prepare" libvirt only parses the domain XML. An arrival without "prepare" is forgotten.
constexpr auto kArrivalLasts = 30s;

} // namespace

GuestHook::GuestHook(EventLoop& loop, Libvirt& libvirt, KeyStore& store, SecretPublisher& publisher,
                     DomainXmlReader& reader, const KeyLog& log, HookTimes times)
    : loop_(loop), libvirt_(libvirt), store_(store), publisher_(publisher), reader_(reader), log_(log), times_(times) {}

GuestHook::~GuestHook() = default;

void GuestHook::run(GuestId guest, const std::string& operation, const UniqueFd& xml, Done done) {
    if (operation == "prepare") {
        std::make_shared<Prepare>(*this, guest, take_arrival(guest), std::move(done))->start(xml);
        return;
    }
    if (operation == "migrate")
        arrivals_.insert_or_assign(guest, Clock::now());
    // QEMU has opened its disks when "started" comes; "release" ends a start that failed before.
    if (operation == "started" || operation == "release")
        publisher_.withdraw(guest);
    done(std::nullopt);
}

void GuestHook::keys_came(GuestId guest) {
    const auto waiting = waiting_;
    for (const auto& prepare : waiting)
        if (prepare->guest() == guest)
            prepare->look_again();
}

bool GuestHook::take_arrival(GuestId guest) {
    std::erase_if(arrivals_, [](const auto& arrival) { return Clock::now() - arrival.second > kArrivalLasts; });
    return arrivals_.erase(guest) > 0;
}

} // namespace guestkeyd
