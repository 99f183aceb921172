// SPDX-License-Identifier: LGPL-2.1-or-later
#include "guestkey/hypervisor.h"

#include "base/error.h"

#include <libvirt/libvirt.h>
#include <libvirt/virterror.h>

namespace guestkeyd::guestkey {

namespace {

struct Release {
    void operator()(virConnectPtr connection) const { virConnectClose(connection); }
    void operator()(virDomainPtr domain) const { virDomainFree(domain); }
    void operator()(char* text) const { free(text); } // NOLINT: libvirt's come from malloc
};
using Domain = std::unique_ptr<virDomain, Release>;

Failure failure(const std::string& doing) {
    const auto* error = virGetLastError();
    const bool lost =
        error && (error->domain == VIR_FROM_RPC || error->code == VIR_ERR_RPC || error->code == VIR_ERR_NO_CONNECT);
    return {lost ? ErrorCode::LibvirtUnavailable : ErrorCode::Internal,
            doing + ": " + (error && error->message ? error->message : "libvirt gives no reason")};
}

bool no_such_domain() {
    return virGetLastErrorCode() == VIR_ERR_NO_DOMAIN;
}

void be_quiet(void*, virErrorPtr) {} // errors are thrown, not printed

// Whether other hosts can reach a libvirt by its URI.
bool has_transport(const std::string& uri) {
    return uri.substr(0, uri.find(':')).find('+') != std::string::npos;
}

} // namespace

struct Hypervisor::Handle {
    std::unique_ptr<virConnect, Release> connection;

    Domain look_up(const GuestId& guest) const {
        Domain domain(virDomainLookupByUUIDString(connection.get(), guest.str().c_str()));
        if (!domain && !no_such_domain())
            throw failure("look up guest " + guest.str());
        return domain;
    }
    Domain require(const GuestId& guest) const {
        auto domain = look_up(guest);
        if (!domain)
            throw Failure(ErrorCode::NoSuchGuest, "libvirt has no guest " + guest.str() + "; see virsh list --all");
        return domain;
    }
};

Hypervisor::Hypervisor(const std::string& uri) : uri_(uri), handle_(std::make_unique<Handle>()) {
    virSetErrorFunc(nullptr, be_quiet);
    handle_->connection.reset(virConnectOpen(uri.c_str()));
    if (!handle_->connection)
        throw Failure(ErrorCode::LibvirtUnavailable, failure("cannot connect to libvirt at " + quoted(uri)).message() +
                                                         "; see whether it runs there, with: virsh -c " + uri +
                                                         " list");
}

Hypervisor::~Hypervisor() = default;

std::optional<GuestId> Hypervisor::find(const std::string& guest) {
    if (const auto id = GuestId::try_parse(guest))
        return handle_->look_up(*id) ? id : std::nullopt;
    const Domain domain(virDomainLookupByName(handle_->connection.get(), guest.c_str()));
    if (!domain && !no_such_domain())
        throw failure("look up guest " + quoted(guest));
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
        throw failure("ask for the state of guest " + guest.str());
    return active == 1 ? GuestPresence::Active : GuestPresence::Off;
}

std::string Hypervisor::xml(const GuestId& guest) {
    const std::unique_ptr<char, Release> xml(virDomainGetXMLDesc(handle_->require(guest).get(), 0));
    if (!xml)
        throw failure("read the XML of guest " + guest.str());
    return xml.get();
}

void Hypervisor::define(const std::string& xml) {
    const Domain domain(virDomainDefineXMLFlags(handle_->connection.get(), xml.c_str(), VIR_DOMAIN_DEFINE_VALIDATE));
    if (!domain)
        throw failure("define the guest");
}

void Hypervisor::remove(const GuestId& guest) {
    constexpr unsigned kAll =
        VIR_DOMAIN_UNDEFINE_MANAGED_SAVE | VIR_DOMAIN_UNDEFINE_SNAPSHOTS_METADATA | VIR_DOMAIN_UNDEFINE_NVRAM;
    const auto domain = handle_->look_up(guest);
    if (!domain)
        return;
    if (virDomainIsActive(domain.get()) == 1 && virDomainDestroy(domain.get()) < 0 &&
        virGetLastErrorCode() != VIR_ERR_OPERATION_INVALID) // it has stopped by itself
        throw failure("destroy guest " + guest.str());
    if (virDomainIsPersistent(domain.get()) == 1 && virDomainUndefineFlags(domain.get(), kAll) < 0 && !no_such_domain())
        throw failure("undefine guest " + guest.str());
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
        done = Domain(virDomainMigrate3(domain.get(), to.handle_->connection.get(), parameters,
                                        static_cast<unsigned>(count), flags)) != nullptr;
    virTypedParamsFree(parameters, count);
    if (!done)
        throw failure("migrate guest " + guest.str());
}

} // namespace guestkeyd::guestkey
