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

// A libvirtd that was just restarted starts guests before the agent has found it, for which that looks once a second.
constexpr auto kMomentForLibvirt = 2s;

} // namespace

GuestHook::GuestHook(EventLoop& loop, Libvirt& libvirt, KeyStore& store, SecretPublisher& publisher,
                     LostEvents& lost_events, DomainXmlReader& reader, Mappings& mappings, const KeyLog& log,
                     HookTimes times)
    : loop_(loop), libvirt_(libvirt), store_(store), publisher_(publisher), lost_events_(lost_events), reader_(reader),
      mappings_(mappings), log_(log), times_(times), moment_(loop, [this] { libvirt_is_late(); }),
      late_starts_(libvirt) {}

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

void GuestHook::libvirt_takes_secrets() {
    moment_.disarm();
    libvirt_is_late_ = false;
    for (const auto& prepare : std::exchange(early_, {}))
        prepare->find_keys();
}

// One moment for all: a libvirtd that starts its autostart guests one after the other answers only then.
void GuestHook::wait_for_libvirt(std::shared_ptr<Prepare> prepare) {
    if (libvirt_is_late_)
        return prepare->refuse_for_now();
    if (early_.empty())
        moment_.arm(kMomentForLibvirt);
    early_.push_back(std::move(prepare));
}

void GuestHook::libvirt_is_late() {
    libvirt_is_late_ = true;
    for (const auto& prepare : std::exchange(early_, {}))
        prepare->refuse_for_now();
}

StartFrom GuestHook::take_origin(GuestId guest) {
    std::erase_if(origins_, [](const auto& each) { return Clock::now() - each.second.told > kOriginLasts; });
    const auto origin = origins_.extract(guest);
    return origin.empty() ? StartFrom::Disk : origin.mapped().from;
}

} // namespace guestkeyd
