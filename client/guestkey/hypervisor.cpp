// SPDX-License-Identifier: LGPL-2.1-or-later
#include "guestkey/hypervisor.h"

#include "base/error.h"
#include "guests/vir_event_thread.h"
#include "guests/vir_handles.h"

#include <libvirt/libvirt.h>
#include <libvirt/virterror.h>

namespace guestkeyd::guestkey {

namespace {

// A host that does not answer for 30 s is given up: its power may be gone in the middle of a call.
constexpr int kKeepaliveSeconds = 5;
constexpr unsigned kKeepaliveCount = 5;

bool no_such_domain() {
    return virGetLastErrorCode() == VIR_ERR_NO_DOMAIN;
}

// Whether other hosts can reach a libvirt by its URI.
bool has_transport(const std::string& uri) {
    return uri.substr(0, uri.find(':')).find('+') != std::string::npos;
}

} // namespace

struct Hypervisor::Handle {
    VirConnection connection;

    VirDomain look_up(const GuestId& guest) const {
        VirDomain domain(virDomainLookupByUUIDString(connection.get(), guest.str().c_str()));
        if (!domain && !no_such_domain())
            throw vir_failure("look up guest " + guest.str());
        return domain;
    }
    VirDomain require(const GuestId& guest) const {
        auto domain = look_up(guest);
        if (!domain)
            throw Failure(ErrorCode::NoSuchGuest, "libvirt has no guest " + guest.str() + "; see virsh list --all");
        return domain;
    }
};

Hypervisor::Hypervisor(const std::string& uri) : uri_(uri), handle_(std::make_unique<Handle>()) {
    static const VirEventThread keepalive;
    handle_->connection.reset(virConnectOpen(uri.c_str()));
    if (!handle_->connection)
        throw Failure(ErrorCode::LibvirtUnavailable,
                      vir_failure("cannot connect to libvirt at " + quoted(uri)).message() +
                          "; see whether it runs there, with: virsh -c " + uri + " list");
    virConnectSetKeepAlive(handle_->connection.get(), kKeepaliveSeconds, kKeepaliveCount);
}

Hypervisor::~Hypervisor() = default;

std::optional<GuestId> Hypervisor::find(const std::string& guest) {
    if (const auto id = GuestId::try_parse(guest))
        return handle_->look_up(*id) ? id : std::nullopt;
    const VirDomain domain(virDomainLookupByName(handle_->connection.get(), guest.c_str()));
    if (!domain && !no_such_domain())
        throw vir_failure("look up guest " + quoted(guest));
    std::string uuid(VIR_UUID_STRING_BUFLEN, '\0');
    if (!domain || virDomainGetUUIDString(domain.get(), uuid.data()) < 0)
        return std::nullopt;
    return GuestId::parse(uuid.c_str());
}

GuestPresence Hypervisor::presence(const GuestId& guest) {
    const auto domain = handle_->look_up(guest);
    if (!domain)
        return GuestPresence::Absent;
    const int active = virDomainIsActive(domain.get());
    if (active < 0 && no_such_domain()) // it has left at this moment
        return GuestPresence::Absent;
    if (active < 0)
        throw vir_failure("ask for the state of guest " + guest.str());
    return active == 1 ? GuestPresence::Active : GuestPresence::Off;
}

std::string Hypervisor::xml(const GuestId& guest) {
    const VirText xml(virDomainGetXMLDesc(handle_->require(guest).get(), 0));
    if (!xml)
        throw vir_failure("read the XML of guest " + guest.str());
    return xml.get();
}

void Hypervisor::define(const std::string& xml) {
    const VirDomain domain(virDomainDefineXMLFlags(handle_->connection.get(), xml.c_str(), VIR_DOMAIN_DEFINE_VALIDATE));
    if (!domain)
        throw vir_failure("define the guest");
}

void Hypervisor::remove(const GuestId& guest) {
    constexpr unsigned kAll =
        VIR_DOMAIN_UNDEFINE_MANAGED_SAVE | VIR_DOMAIN_UNDEFINE_SNAPSHOTS_METADATA | VIR_DOMAIN_UNDEFINE_NVRAM;
    const auto domain = handle_->look_up(guest);
    if (!domain)
        return;
    if (virDomainIsActive(domain.get()) == 1 && virDomainDestroy(domain.get()) < 0 &&
        virGetLastErrorCode() != VIR_ERR_OPERATION_INVALID) // it has stopped by itself
        throw vir_failure("destroy guest " + guest.str());
    if (virDomainIsPersistent(domain.get()) == 1 && virDomainUndefineFlags(domain.get(), kAll) < 0 && !no_such_domain())
        throw vir_failure("undefine guest " + guest.str());
}

void Hypervisor::migrate(const GuestId& guest, Hypervisor& to, const MigrationOptions& options) {
    const auto domain = handle_->require(guest);
    unsigned flags = VIR_MIGRATE_PERSIST_DEST | VIR_MIGRATE_UNDEFINE_SOURCE;
    flags |= virDomainIsActive(domain.get()) == 1 ? VIR_MIGRATE_LIVE : VIR_MIGRATE_OFFLINE;
    if (options.unsafe)
        flags |= VIR_MIGRATE_UNSAFE;
    int count = 0;
    int room = 0;
    virTypedParameterPtr parameters = nullptr;
    if (!options.uri.empty())
        virTypedParamsAddString(&parameters, &count, &room, VIR_MIGRATE_PARAM_URI, options.uri.c_str());
    if (!options.disks_uri.empty())
        virTypedParamsAddString(&parameters, &count, &room, VIR_MIGRATE_PARAM_DISKS_URI, options.disks_uri.c_str());
    bool done = false;
    if (has_transport(to.uri_))
        done = virDomainMigrateToURI3(domain.get(), to.uri_.c_str(), parameters, static_cast<unsigned>(count),
                                      flags | VIR_MIGRATE_PEER2PEER) == 0;
    else
        done = VirDomain(virDomainMigrate3(domain.get(), to.handle_->connection.get(), parameters,
                                           static_cast<unsigned>(count), flags)) != nullptr;
    virTypedParamsFree(parameters, count);
    if (!done)
        throw vir_failure("migrate guest " + guest.str());
}

} // namespace guestkeyd::guestkey
