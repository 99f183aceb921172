// SPDX-License-Identifier: LGPL-2.1-or-later
#include "guests/domain_calls.h"

#include "base/fault_point.h"

#include <array>

namespace guestkeyd {

namespace {

constexpr bool same(GuestHappened ours, virDomainEventType theirs) {
    return static_cast<int>(ours) == static_cast<int>(theirs);
}
static_assert(same(GuestHappened::Defined, VIR_DOMAIN_EVENT_DEFINED));
static_assert(same(GuestHappened::Undefined, VIR_DOMAIN_EVENT_UNDEFINED));
static_assert(same(GuestHappened::Started, VIR_DOMAIN_EVENT_STARTED));
static_assert(same(GuestHappened::Suspended, VIR_DOMAIN_EVENT_SUSPENDED));
static_assert(same(GuestHappened::Resumed, VIR_DOMAIN_EVENT_RESUMED));
static_assert(same(GuestHappened::Stopped, VIR_DOMAIN_EVENT_STOPPED));
static_assert(same(GuestHappened::Shutdown, VIR_DOMAIN_EVENT_SHUTDOWN));
static_assert(same(GuestHappened::PmSuspended, VIR_DOMAIN_EVENT_PMSUSPENDED));
static_assert(same(GuestHappened::Crashed, VIR_DOMAIN_EVENT_CRASHED));
static_assert(static_cast<int>(UndefinedBecause::Renamed) == VIR_DOMAIN_EVENT_UNDEFINED_RENAMED);

constexpr bool same(SuspendedBecause ours, virDomainEventSuspendedDetailType theirs) {
    return static_cast<int>(ours) == static_cast<int>(theirs);
}
static_assert(same(SuspendedBecause::Paused, VIR_DOMAIN_EVENT_SUSPENDED_PAUSED));
static_assert(same(SuspendedBecause::Migrated, VIR_DOMAIN_EVENT_SUSPENDED_MIGRATED));
static_assert(same(SuspendedBecause::PostCopy, VIR_DOMAIN_EVENT_SUSPENDED_POSTCOPY));

constexpr bool same(StoppedBecause ours, virDomainEventStoppedDetailType theirs) {
    return static_cast<int>(ours) == static_cast<int>(theirs);
}
static_assert(same(StoppedBecause::Shutdown, VIR_DOMAIN_EVENT_STOPPED_SHUTDOWN));
static_assert(same(StoppedBecause::Destroyed, VIR_DOMAIN_EVENT_STOPPED_DESTROYED));
static_assert(same(StoppedBecause::Crashed, VIR_DOMAIN_EVENT_STOPPED_CRASHED));
static_assert(same(StoppedBecause::Migrated, VIR_DOMAIN_EVENT_STOPPED_MIGRATED));
static_assert(same(StoppedBecause::Saved, VIR_DOMAIN_EVENT_STOPPED_SAVED));
static_assert(same(StoppedBecause::Failed, VIR_DOMAIN_EVENT_STOPPED_FAILED));
static_assert(same(StoppedBecause::FromSnapshot, VIR_DOMAIN_EVENT_STOPPED_FROM_SNAPSHOT));

GuestId id_of(virDomainPtr domain) {
    std::array<char, VIR_UUID_STRING_BUFLEN> text{};
    if (virDomainGetUUIDString(domain, text.data()) < 0)
        throw vir_failure("read the UUID of a guest");
    return GuestId::parse(text.data());
}

// libvirt numbers the reasons of a state apart from the details of an event.
std::optional<StoppedBecause> stop_reason(int shutoff_reason) {
    switch (shutoff_reason) {
    case VIR_DOMAIN_SHUTOFF_SHUTDOWN:
        return StoppedBecause::Shutdown;
    case VIR_DOMAIN_SHUTOFF_DESTROYED:
        return StoppedBecause::Destroyed;
    case VIR_DOMAIN_SHUTOFF_CRASHED:
        return StoppedBecause::Crashed;
    case VIR_DOMAIN_SHUTOFF_MIGRATED:
        return StoppedBecause::Migrated;
    case VIR_DOMAIN_SHUTOFF_SAVED:
        return StoppedBecause::Saved;
    case VIR_DOMAIN_SHUTOFF_FAILED:
        return StoppedBecause::Failed;
    case VIR_DOMAIN_SHUTOFF_FROM_SNAPSHOT:
        return StoppedBecause::FromSnapshot;
    default:
        return std::nullopt;
    }
}

// Null if libvirt does not know it.
VirDomain look_up(virConnectPtr connection, GuestId guest) {
    VirDomain domain(virDomainLookupByUUIDString(connection, guest.str().c_str()));
    if (!domain && !vir_not_found())
        throw vir_failure("look up guest " + guest.str());
    return domain;
}

// None for a guest that went away while it was looked at.
std::optional<ListedGuest> look_at(const VirDomain& domain) {
    int state = VIR_DOMAIN_NOSTATE;
    int reason = 0;
    const int persistent = virDomainIsPersistent(domain.get());
    if (persistent < 0 || virDomainGetState(domain.get(), &state, &reason, 0) < 0) {
        if (vir_not_found())
            return std::nullopt;
        throw vir_failure("look at a guest");
    }
    const bool off = state == VIR_DOMAIN_SHUTOFF;
    const bool paused = state == VIR_DOMAIN_PAUSED;
    return ListedGuest{id_of(domain.get()),
                       virDomainGetName(domain.get()),
                       !off,
                       persistent == 1,
                       off ? stop_reason(reason) : std::nullopt,
                       paused && (reason == VIR_DOMAIN_PAUSED_STARTING_UP || reason == VIR_DOMAIN_PAUSED_MIGRATION),
                       paused && reason == VIR_DOMAIN_PAUSED_POSTCOPY};
}

VirDomain find_domain(virConnectPtr connection, GuestId guest) {
    auto domain = look_up(connection, guest);
    if (!domain)
        throw Failure(ErrorCode::NoSuchGuest, "libvirt knows no guest " + guest.str() + "; define it first");
    return domain;
}

int on_lifecycle(virConnectPtr, virDomainPtr domain, int event, int detail, void* user) {
    if (fault_drops_event())
        return 0;
    try {
        (*static_cast<const OnGuestEvent*>(user))(
            {id_of(domain), virDomainGetName(domain), static_cast<GuestHappened>(event), detail});
    } catch (const Failure&) {
        // A domain without a readable UUID cannot be one that keys are attached to.
    }
    return 0;
}

} // namespace

std::vector<ListedGuest> list_guests(virConnectPtr connection) {
    virDomainPtr* list = nullptr;
    const int count = virConnectListAllDomains(connection, &list, 0);
    if (count < 0)
        throw vir_failure("list the guests");
    std::vector<VirDomain> domains(list, list + count);
    std::free(list);
    std::vector<ListedGuest> guests;
    for (const auto& domain : domains)
        if (auto guest = look_at(domain))
            guests.push_back(std::move(*guest));
    return guests;
}

std::optional<ListedGuest> find_guest(virConnectPtr connection, GuestId guest) {
    const auto domain = look_up(connection, guest);
    return domain ? look_at(domain) : std::nullopt;
}

std::string persistent_xml(virConnectPtr connection, GuestId guest) {
    const auto domain = find_domain(connection, guest);
    const unsigned flags = virDomainIsPersistent(domain.get()) == 1 ? VIR_DOMAIN_XML_INACTIVE : 0;
    const VirText xml(virDomainGetXMLDesc(domain.get(), flags));
    if (!xml)
        throw vir_failure("read the XML of guest " + guest.str());
    return xml.get();
}

bool start_autostarted(virConnectPtr connection, GuestId guest, StartFrom from) {
    const auto domain = find_domain(connection, guest);
    int autostart = 0;
    if (virDomainGetAutostart(domain.get(), &autostart) < 0)
        throw vir_failure("ask whether guest " + guest.str() + " starts with libvirt");
    // One that was to be restored from a file must not start from its disk, which has gone on since.
    const bool startable = from == StartFrom::Disk ||
                           (from == StartFrom::SavedState && virDomainHasManagedSaveImage(domain.get(), 0) == 1);
    if (autostart != 1 || !startable || virDomainIsActive(domain.get()) != 0)
        return false;
    if (virDomainCreate(domain.get()) < 0)
        throw vir_failure("start guest " + guest.str());
    return true;
}

LifecycleEvents::LifecycleEvents(virConnectPtr connection, const OnGuestEvent& on_event)
    : connection_(connection),
      callback_(virConnectDomainEventRegisterAny(connection, nullptr, VIR_DOMAIN_EVENT_ID_LIFECYCLE,
                                                 VIR_DOMAIN_EVENT_CALLBACK(on_lifecycle),
                                                 const_cast<OnGuestEvent*>(&on_event), nullptr)) {
    if (callback_ < 0)
        throw vir_failure("subscribe to the events of guests");
}

LifecycleEvents::~LifecycleEvents() {
    virConnectDomainEventDeregisterAny(connection_, callback_);
}

} // namespace guestkeyd
