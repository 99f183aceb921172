// SPDX-License-Identifier: LGPL-2.1-or-later
#include "agent/guest_hook.h"

#include "agent/guest_prepare.h"
#include "agent/lost_events.h"
#include "agent/mappings.h"
#include "agent/secret_publisher.h"

namespace guestkeyd {

namespace {

using namespace std::chrono_literals;

// Between "migrate" or "restore" and "prepare" libvirt only parses the domain XML. An origin without "prepare", as of
// an offline migration, is forgotten.
constexpr auto kOriginLasts = 30s;

} // namespace

GuestHook::GuestHook(EventLoop& loop, Libvirt& libvirt, KeyStore& store, SecretPublisher& publisher,
                     LostEvents& lost_events, DomainXmlReader& reader, Mappings& mappings, const KeyLog& log,
                     HookTimes times)
    : loop_(loop), libvirt_(libvirt), store_(store), publisher_(publisher), lost_events_(lost_events), reader_(reader),
      mappings_(mappings), log_(log), times_(times), late_starts_(libvirt) {}

GuestHook::~GuestHook() = default;

void GuestHook::run(GuestId guest, const std::string& operation, const UniqueFd& xml, Done done) {
    if (operation == "prepare") {
        std::make_shared<Prepare>(*this, guest, take_origin(guest), std::move(done))->start(xml);
        return;
    }
    if (operation == "migrate")
        origins_.insert_or_assign(guest, Origin{StartFrom::AnotherHost, Clock::now()});
    if (operation == "restore")
        origins_.insert_or_assign(guest, Origin{StartFrom::SavedState, Clock::now()});
    // QEMU has opened its disks when "started" comes; "release" ends a start that failed before.
    if (operation == "started" || operation == "release")
        publisher_.withdraw(guest);
    if (operation == "release")
        lost_events_.doubt(guest);
    done(std::nullopt);
    if (operation == "release") // QEMU has gone
        mappings_.close(guest);
}

void GuestHook::keys_came(GuestId guest) {
    const auto waiting = waiting_;
    for (const auto& prepare : waiting)
        if (prepare->guest() == guest)
            prepare->look_again();
}

StartFrom GuestHook::take_origin(GuestId guest) {
    std::erase_if(origins_, [](const auto& each) { return Clock::now() - each.second.told > kOriginLasts; });
    const auto origin = origins_.extract(guest);
    return origin.empty() ? StartFrom::Disk : origin.mapped().from;
}

} // namespace guestkeyd
