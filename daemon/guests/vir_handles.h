// SPDX-License-Identifier: LGPL-2.1-or-later
#pragma once

#include "base/error.h"

#include <cstdlib>
#include <libvirt/libvirt.h>
#include <memory>
#include <string>

namespace guestkeyd {

struct VirRelease {
    void operator()(virConnectPtr connection) const { virConnectClose(connection); }
    void operator()(virDomainPtr domain) const { virDomainFree(domain); }
    void operator()(virSecretPtr secret) const { virSecretFree(secret); }
    void operator()(virStoragePoolPtr pool) const { virStoragePoolFree(pool); }
    void operator()(virStorageVolPtr volume) const { virStorageVolFree(volume); }
    void operator()(char* text) const { std::free(text); }
};

using VirConnection = std::unique_ptr<virConnect, VirRelease>;
using VirDomain = std::unique_ptr<virDomain, VirRelease>;
using VirSecret = std::unique_ptr<virSecret, VirRelease>;
using VirStoragePool = std::unique_ptr<virStoragePool, VirRelease>;
using VirStorageVolume = std::unique_ptr<virStorageVol, VirRelease>;
using VirText = std::unique_ptr<char, VirRelease>;

// The error of the call of this thread that just failed, as LibvirtUnavailable when the connection is to blame, else as
// Internal: "DOING: WHAT LIBVIRT SAYS".
Failure vir_failure(const std::string& doing);

// Whether the call of this thread that just failed did so because there is no such domain, secret, pool or volume of a
// pool.
bool vir_not_found();

// ... because the driver behind the connection does not have this call.
bool vir_not_supported();

} // namespace guestkeyd
